/* The legend, which is the layer control too: a row with a check box for every layer. */
"use strict";

h2plan.legend = function () {
  const page = h2plan.page, data = h2plan.data;
  const box = document.getElementById("legend");
  const fold = h2plan.el("details");
  const old = box.querySelector("details");
  fold.open = old ? old.open : window.innerWidth > 760;
  fold.appendChild(h2plan.el("summary", "", h2plan.word("legend")));
  const add = (title, rows) => {
    const found = rows.filter(Boolean);
    if (!found.length) return;
    const part = h2plan.el("section");
    part.appendChild(h2plan.el("h3", "", title));
    found.forEach((node) => part.appendChild(node));
    fold.appendChild(part);
  };
  add(h2plan.word("groupStations"), stationRows());
  add(h2plan.word("groupDemand"), demandRows());
  add(h2plan.word("groupSupply"), supplyRows());
  add(h2plan.word("groupOther"), otherRows());
  add(h2plan.word("groupOwn"), data.own.map((layer, i) => legendRow("own:" + i, h2plan.stroke(h2plan.styles.own[layer.kind].color, 2, 1, layer.kind === "river" ? null : [6, 3]), h2plan.say(layer.name))));
  add(h2plan.word("groupBase"), baseRows());
  fold.addEventListener("toggle", () => page.isOn("labels") && page.labels.redraw());
  h2plan.fill(box, [fold]);
};

function anyYear(test) {
  return h2plan.data.years.some(test);
}

function stationRows() {
  const data = h2plan.data, statuses = Object.keys(data.statuses).filter((status) => anyYear((year) => year.stations.some((one) => one.status === status)));
  const all = data.years.reduce((list, year) => list.concat(year.stations), []);
  const sample = (status) => ({ status: status, built: status === "built" || status === "extended" || (status === "upgraded" && !all.some((one) => one.status === status && !one.built)) });
  const colours = h2plan.colouring === "use"
    ? h2plan.useRamp.map((step, i, ramp) => legendKey(dot(step[1]), (i ? h2plan.percent(ramp[i - 1][0]) : "0%") + (step[0] === Infinity ? " +" : "–" + h2plan.percent(step[0]))))
    : statuses.map((status) => legendKey(iconOf(sample(status)), h2plan.say(data.statuses[status])));
  return [legendRow("stations", iconOf({ status: statuses[0] || "new", built: statuses[0] === "built" }), h2plan.word("isStation")), colourChoice()].concat(colours, [
    all.some((one) => one.required) && legendKey(iconOf({ status: "new", required: true, utilisation: 0 }), h2plan.word("required")),
    all.length && sizeRow(all),
    all.some((one) => one.to.length) && legendRow("services", h2plan.stroke(h2plan.ink.line, 1.2), h2plan.word("services")),
  ]);
}

/* What the colour of a station tells: its status, or how far it is used. */
function colourChoice() {
  const line = h2plan.el("div", "row key colouring"), pick = h2plan.el("select");
  pick.id = "colouring";
  pick.setAttribute("aria-label", h2plan.word("colourBy"));
  [["status", "byStatus"], ["use", "byUse"]].forEach((entry) => {
    const option = h2plan.el("option", "", h2plan.word(entry[1]));
    option.value = entry[0];
    pick.appendChild(option);
  });
  pick.value = h2plan.colouring;
  pick.addEventListener("change", () => {
    h2plan.colouring = pick.value;
    h2plan.redrawStations();
    h2plan.legend();
    document.getElementById("colouring").focus();
  });
  return h2plan.fill(line, [h2plan.el("span", "", h2plan.word("colourBy")), pick]);
}

function dot(color) {
  return h2plan.swatch({ shape: "circle", r: 6.5, fill: color, stroke: "#2a0a52", width: 1.2 });
}

function iconOf(sample) {
  const node = h2plan.el("span", "swatch");
  node.appendChild(h2plan.stationSvg(Object.assign({ utilisation: 0.5 }, sample), 6.5));
  return node;
}

/* Nested rings for the capacities that occur, at most three. */
function sizeRow(stations) {
  const all = Array.from(new Set(stations.map((one) => one.capacity))).sort((a, b) => a - b);
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

function demandRows() {
  const data = h2plan.data, states = data.places.state.join(""), corridors = anyYear((year) => year.corridors.length);
  const short = /[12]/.test(states);
  const kinds = data.kinds.map((kind, i) => {
    const look = { shape: "circle", r: 6, fill: h2plan.demandInk(kind[0]), fillOpacity: 0.72, stroke: h2plan.ink.white, width: 1 };
    return legendRow("demand:" + i, h2plan.swatch(look), h2plan.say(kind[1]));
  });
  return kinds.concat([
    short && legendKey(h2plan.swatch({ shape: "circle", r: 6, fill: h2plan.ink.demand[0], fillOpacity: 0.3, stroke: h2plan.ink.short, width: 2.6 }), h2plan.word("short")),
    /3/.test(states) && legendKey(h2plan.swatch(h2plan.demandLook({ state: "unreached", kg: 40 }, 1)), h2plan.word("unreached")),
    corridors && legendRow("corridors", h2plan.stroke(h2plan.ink.corridor, 6, 0.55), h2plan.word("corridors")),
    corridors && anyYear((year) => year.corridors.some((kg, i) => i % 3 === 2 && kg < 0.995 * year.corridors[i - 1])) && legendKey(h2plan.stroke(h2plan.ink.short, 6, 0.7, [3, 2]), h2plan.word("corridorShort")),
  ]);
}

function supplyRows() {
  const data = h2plan.data, modes = Object.keys(data.modes).filter((mode) => anyYear((year) => year.deliveries.some((one) => one.mode === mode)));
  return [
    data.sources.length && legendRow("sources", h2plan.swatch(h2plan.sourceLook), h2plan.word("sources")),
    anyYear((year) => year.centres.length) && legendKey(h2plan.swatch(h2plan.centreLook(7)), h2plan.word("centre")),
    modes.length && legendRow("supply", h2plan.stroke(h2plan.styles.supply, 3), h2plan.word("supply")),
  ].concat(modes.map((mode) => legendKey(h2plan.stroke(h2plan.styles.supply, 3, 1, (h2plan.styles.dashes[mode] || "").split(" ").map(Number)), h2plan.say(data.modes[mode]))));
}

function otherRows() {
  const columns = h2plan.data.candidates, names = Object.keys(h2plan.data.shapes);
  const shapes = names.filter((_, s) => columns.shape.some((shape, i) => shape === s && !columns.barred[i]));
  const reach = h2plan.now().reach, bands = h2plan.data.bands;
  return [
    shapes.length && legendRow("candidates", h2plan.swatch(h2plan.candidateLook("circle")), h2plan.word("candidates")),
    shapes.length && h2plan.fill(h2plan.el("div", "shapes"), shapes.map((shape) => legendKey(h2plan.swatch(h2plan.candidateLook(shape), 14), h2plan.say(h2plan.data.shapes[shape])))),
    columns.barred.some(Boolean) && legendRow("barred", h2plan.swatch(h2plan.barredLook), h2plan.word("barred")),
    legendRow("error", h2plan.swatch({ shape: "circle", r: 8, fill: h2plan.ink.fresh, fillOpacity: 0.06, stroke: h2plan.ink.fresh, width: 0.9, dash: [2, 2] }), h2plan.word("error")),
    reach && legendRow("reach", h2plan.stroke(h2plan.styles.bands[1][0], 4), h2plan.word("reach")),
    reach && h2plan.page.isOn("reach") && h2plan.fill(h2plan.el("div", "shapes"), [h2plan.el("p", "hint", h2plan.word("reachOf", h2plan.say(reach.vehicles)))].concat(h2plan.styles.bands.map((style, i) =>
      legendKey(h2plan.stroke(style[0], style[1], 1, i === bands.length ? [2, 4] : null), i < bands.length ? h2plan.word("bandTo", bands[i]) : h2plan.word("bandBeyond", bands[i - 1]))))),
  ];
}

function baseRows() {
  const page = h2plan.page;
  const rows = ["motorway", "trunk", "street", "access", "river"].filter((name) => page.backdrop[name]).map((name) => {
    const style = h2plan.styles.roads[name];
    return legendRow(name, h2plan.stroke(style.color, name === "river" ? 8 : style.weight + 0.6), h2plan.word(name));
  });
  rows.push(legendRow("labels", h2plan.el("span", "swatch letter", "文A"), h2plan.word("labels")));
  if (page.layers.tiles) rows.push(legendRow("tiles", h2plan.el("span", "swatch letter", "▦"), h2plan.word("tiles")), keyField());
  return rows;
}

/* The key of a map service is typed in by whoever looks at the page and lives as long as the page is open. */
function keyField() {
  if (!h2plan.data.tiles.wantsKey || h2plan.data.tiles.key) return null;
  const field = h2plan.el("input", "keyfield");
  field.id = "tile-key";
  field.placeholder = h2plan.word("tileKey");
  field.setAttribute("aria-label", h2plan.word("tileKey"));
  field.autocomplete = "off";
  field.value = h2plan.tileKey || "";
  field.addEventListener("change", () => {
    h2plan.tileKey = field.value.trim();
    h2plan.page.layers.tiles.lay(h2plan.tileKey);
  });
  return field;
}

function legendRow(name, swatch, text) {
  const page = h2plan.page, line = h2plan.el("label", "row"), tick = h2plan.el("input");
  tick.type = "checkbox";
  tick.dataset.layer = name;
  tick.checked = page.isOn(name);
  line.classList.toggle("off", !tick.checked);
  tick.addEventListener("change", () => {
    line.classList.toggle("off", !tick.checked);
    page.turn(name, tick.checked);
    if (name === "reach") h2plan.legend();
  });
  return h2plan.fill(line, [tick, swatch, h2plan.el("span", "", text)]);
}

function legendKey(swatch, text) {
  return h2plan.fill(h2plan.el("div", "row key"), [swatch, h2plan.el("span", "", text)]);
}

h2plan.stroke = function (color, width, opacity, dash) {
  const canvas = h2plan.el("canvas", "swatch");
  canvas.width = 44;
  canvas.height = 44;
  const pen = canvas.getContext("2d");
  pen.scale(2, 2);
  pen.globalAlpha = opacity || 1;
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.lineCap = dash ? "butt" : "round";
  if (dash) pen.setLineDash(dash);
  pen.beginPath();
  pen.moveTo(3, 11);
  pen.lineTo(20, 11);
  pen.stroke();
  return canvas;
};
