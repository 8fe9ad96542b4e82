/* The legend, which is the layer control too: each row is a check box. */
"use strict";

h2plan.legend = function () {
  const page = h2plan.page;
  const data = h2plan.data;
  const box = document.getElementById("legend");
  const fold = h2plan.el("details");
  const old = box.querySelector("details");
  fold.open = old ? old.open : window.innerWidth > 760;
  fold.appendChild(h2plan.el("summary", "", h2plan.word("legend")));

  const kinds = Array.from(h2plan.kinds.keys()).map((kind) => {
    const look = { shape: "circle", r: 6, fill: h2plan.demandInk(kind), fillOpacity: 0.72, stroke: h2plan.ink.white, width: 1 };
    return row("demand:" + kind, h2plan.swatch(look), h2plan.say(h2plan.kinds.get(kind)));
  });
  const states = new Set(data.places.map((place) => place.state));
  const short = states.has("part") || states.has("unserved");
  const shapes = Array.from(new Set(data.candidates.filter((site) => !site.barred).map((site) => site.shape)));
  const add = (title, rows) => {
    const found = rows.filter(Boolean);
    if (!found.length) return;
    const part = h2plan.el("section");
    part.appendChild(h2plan.el("h3", "", title));
    found.forEach((node) => part.appendChild(node));
    fold.appendChild(part);
  };
  add(h2plan.word("groupStations"), [
    row("stations", station(false), h2plan.word("fresh")),
    some(data.stations, "built") && key(station(true), h2plan.word("built")),
    some(data.stations, "required") && key(station(false, true), h2plan.word("required")),
    data.stations.length && sizes(),
    row("services", h2plan.stroke(h2plan.ink.line, 1.2), h2plan.word("services")),
  ]);
  add(h2plan.word("groupDemand"), kinds.concat([
    short && key(h2plan.swatch({ shape: "circle", r: 6, fill: h2plan.ink.demand[0], fillOpacity: 0.3, stroke: h2plan.ink.short, width: 2.6 }), h2plan.word("short")),
    states.has("unreached") && key(h2plan.swatch(h2plan.demandLook({ state: "unreached", kg: 40 }, 1)), h2plan.word("unreached")),
    Object.keys(data.links).length && row("corridors", h2plan.stroke(h2plan.ink.corridor, 6, 0.55), h2plan.word("corridors")),
  ]));
  add(h2plan.word("groupOther"), [
    data.sources.length && row("sources", h2plan.swatch(h2plan.sourceLook), h2plan.word("sources")),
    shapes.length && row("candidates", h2plan.swatch(h2plan.candidateLook("circle")), h2plan.word("candidates")),
    shapes.length && h2plan.fill(h2plan.el("div", "shapes"), shapes.map((shape) => key(h2plan.swatch(h2plan.candidateLook(shape), 14), h2plan.say(data.shapes[shape])))),
    some(data.candidates, "barred") && row("barred", h2plan.swatch(h2plan.barredLook), h2plan.word("barred")),
    row("error", h2plan.swatch({ shape: "circle", r: 8, fill: h2plan.ink.fresh, fillOpacity: 0.06, stroke: h2plan.ink.fresh, width: 0.9, dash: [2, 2] }), h2plan.word("error")),
  ]);
  add(h2plan.word("groupBase"), ["motorway", "trunk", "street", "access", "river"].filter((name) => page.backdrop[name]).map((name) => {
    const style = page.backdrop[name].options.style({});
    return row(name, h2plan.stroke(style.color, name === "river" ? 8 : style.weight + 0.6), h2plan.word(name));
  }).concat(row("labels", h2plan.el("span", "swatch letter", "文A"), h2plan.word("labels"))));
  fold.addEventListener("toggle", () => page.map.hasLayer(page.labels) && page.labels.redraw());
  h2plan.fill(box, [fold]);
};

function some(items, name) {
  return items.some((item) => item[name]);
}

function layerOf(name) {
  const page = h2plan.page;
  return page.layers[name] || page.backdrop[name] || page.labels;
}

function row(name, swatch, text) {
  const page = h2plan.page;
  const line = h2plan.el("label", "row");
  const tick = h2plan.el("input");
  tick.type = "checkbox";
  tick.dataset.layer = name;
  tick.checked = page.map.hasLayer(layerOf(name));
  line.classList.toggle("off", !tick.checked);
  tick.addEventListener("change", () => {
    line.classList.toggle("off", !tick.checked);
    if (tick.checked) page.map.addLayer(layerOf(name));
    else page.map.removeLayer(layerOf(name));
    if (page.backdrop[name]) h2plan.restyle();
    h2plan.light(h2plan.chosen);
    if (page.map.hasLayer(page.labels)) page.labels.redraw();
  });
  return h2plan.fill(line, [tick, swatch, h2plan.el("span", "", text)]);
}

function key(swatch, text) {
  return h2plan.fill(h2plan.el("div", "row key"), [swatch, h2plan.el("span", "", text)]);
}

function station(built, required) {
  const node = h2plan.el("span", "swatch");
  node.appendChild(h2plan.stationSvg({ built: built, required: required }, 6.5));
  return node;
}

/* Nested rings for the capacities that occur, at most three. */
function sizes() {
  const all = Array.from(new Set(h2plan.data.stations.map((one) => one.capacity))).sort((a, b) => a - b);
  const shown = all.length > 3 ? [all[0], all[Math.floor(all.length / 2)], all[all.length - 1]] : all;
  const line = h2plan.el("div", "row key sizes");
  shown.forEach((capacity) => {
    const r = h2plan.stationRadius(capacity);
    line.appendChild(h2plan.swatch({ shape: "circle", r: r - 0.5, stroke: h2plan.ink.quiet, width: 1 }, 2 * r + 2, 2 * r + 2));
    line.appendChild(h2plan.el("span", "", h2plan.number(capacity)));
  });
  line.appendChild(h2plan.el("span", "", "kg/d"));
  return line;
}

h2plan.stroke = function (color, width, opacity) {
  const canvas = h2plan.el("canvas", "swatch");
  canvas.width = 44;
  canvas.height = 44;
  const pen = canvas.getContext("2d");
  pen.scale(2, 2);
  pen.globalAlpha = opacity || 1;
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.lineCap = "round";
  pen.beginPath();
  pen.moveTo(4, 11);
  pen.lineTo(18, 11);
  pen.stroke();
  return canvas;
};
