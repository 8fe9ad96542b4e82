/* Brings map, legend, panel, years and heading together; called by the page with the folium map. */
"use strict";

/* Off until they are asked for: they would hide the plan. */
const OFF_AT_FIRST = ["barred", "reach"];
/* More lines than this between stations and places are a grey cloud; hovering still shows those of one station. */
const SERVICES_MAX = 4000;

h2plan.start = function (map) {
  h2plan.tongue = h2plan.data.language;
  h2plan.chosen = null;
  h2plan.colouring = "status";
  h2plan.year = h2plan.data.years.length - 1;
  h2plan.pane(map, "names", 620);
  const page = h2plan.build(map);
  h2plan.page = page;
  page.labels = new h2plan.Labels(h2plan.names);
  switches(page);
  page.layers.sources.fill();
  page.lit.addTo(map);
  map.setView(map.getCenter(), map.getZoom(), { animate: false });
  h2plan.furniture(map);
  Object.keys(page.backdrop).forEach((name) => page.backdrop[name].eachLayer((line) => h2plan.hoverLine(line, () => h2plan.roadNote(line))));
  speak();
  h2plan.fit(false);
  const cloudy = h2plan.stations().reduce((sum, station) => sum + station.to.length, 0) > SERVICES_MAX;
  const off = OFF_AT_FIRST.concat(cloudy ? "services" : []);
  Object.keys(page.layers).forEach((name) => off.indexOf(name) < 0 && page.layers[name].addTo(map));
  page.labels.addTo(map);
  h2plan.showYear(true);
  h2plan.restyle();
  map.on("zoomend", h2plan.restyle);
  h2plan.yearKeys();
  printing();
};

/* One way to ask whether a layer is shown and to turn it on or off; demand is one layer with a switch for each kind. */
function switches(page) {
  const layer = (name) => page.layers[name] || page.backdrop[name] || page.labels;
  const kind = (name) => (name.indexOf("demand:") === 0 ? Number(name.slice(7)) : -1);
  page.isOn = (name) => (kind(name) >= 0 ? !page.hidden.has(kind(name)) : page.map.hasLayer(layer(name)));
  page.turn = (name, on) => {
    if (kind(name) >= 0) {
      if (on) page.hidden.delete(kind(name));
      else page.hidden.add(kind(name));
      page.layers.demand.redraw();
      page.layers.error.redraw();
    } else if (on) page.map.addLayer(layer(name));
    else page.map.removeLayer(layer(name));
    if (page.backdrop[name]) h2plan.restyle();
    if (name === "stations") h2plan.dim();
    h2plan.light(h2plan.chosen);
    if (page.isOn("labels")) page.labels.redraw();
  };
}

/* Show all stations, beside the legend where there is room for both. */
h2plan.fit = function (animate) {
  const map = h2plan.page.map;
  const beside = document.getElementById("legend").offsetWidth;
  const left = map.getSize().x > 2.6 * beside ? beside + 32 : 28;
  map.fitBounds(h2plan.data.bounds, { paddingTopLeft: [left, 28], paddingBottomRight: [48, document.getElementById("years").hidden ? 40 : 84], animate: animate });
};

/* Road widths grow with the zoom, and small streets wait until there is room. */
h2plan.restyle = function () {
  const page = h2plan.page, zoom = page.map.getZoom(), grow = Math.pow(1.32, zoom - 10.5);
  Object.keys(page.backdrop).forEach((name) => {
    const base = h2plan.styles.roads[name].weight, most = name === "river" ? 40 : 9;
    const early = name === "street" && zoom < 10.5;
    page.backdrop[name].invoke("setStyle", { weight: Math.min(most, Math.max(0.5, base * grow)), opacity: early ? 0.55 : 1 });
  });
  if (page.backdrop.river && page.isOn("river")) page.backdrop.river.invoke("bringToBack");
};

/* Every text of the page in the language of the moment. */
function speak() {
  const data = h2plan.data, by = (id) => document.getElementById(id);
  document.documentElement.lang = h2plan.tongue ? "en" : "zh-CN";
  by("title").textContent = h2plan.say(data.title);
  document.title = h2plan.say(data.title);
  by("mark").textContent = data.public ? "" : h2plan.word("mark");
  by("search").placeholder = h2plan.word("search");
  by("search").setAttribute("aria-label", h2plan.word("search"));
  h2plan.headline();
  approval(by("approval"));
  h2plan.fill(by("tools"), [
    tool("language", "language", () => {
      h2plan.tongue = 1 - h2plan.tongue;
      speak();
      h2plan.redrawStations();
      h2plan.legend();
    }),
    tool("fit", "fit", () => h2plan.fit(true)),
    tool("ruler", "ruler", h2plan.toggleRuler),
    tool("full", "full2", h2plan.toggleFull),
    tool("print", "print", () => window.print()),
    tool("shut", "panel", () => document.body.classList.toggle("shut")),
  ]);
  h2plan.yearBar();
}

function tool(id, name, act) {
  const button = h2plan.button("tool", h2plan.word(name), act);
  button.id = id;
  return button;
}

h2plan.headline = function () {
  const data = h2plan.data, by = (id) => document.getElementById(id), now = h2plan.now();
  by("subtitle").textContent = h2plan.say(data.subtitle).replace("{}", String(now.period));
  h2plan.fill(by("figures"), now.figures.map((item) => h2plan.fill(h2plan.el("div"), [
    h2plan.el("dt", "", h2plan.say(item[0])),
    h2plan.el("dd", "", h2plan.say(item[1])),
    h2plan.el("small", "", h2plan.say(item[2])),
  ])));
};

/* The approval number may be typed in before the map is printed. */
function approval(node) {
  const old = node.querySelector("span");
  const typed = old && !old.classList.contains("blank") ? old.textContent : h2plan.data.approval;
  const line = h2plan.el("span", typed ? "" : "blank", typed || h2plan.word("blank"));
  line.setAttribute("contenteditable", "plaintext-only");
  line.spellcheck = false;
  line.addEventListener("input", () => line.classList.remove("blank"));
  h2plan.fill(node, [document.createTextNode(h2plan.word("approval")), line]);
}

/* On paper: the map as large as the sheet, finer canvases, no chosen station, and the whole table after the map. */
function printing() {
  const map = h2plan.page.map, layers = h2plan.page.layers;
  const lay = (on) => {
    const seen = map.getBounds();
    if (on) h2plan.seen = [map.getCenter(), map.getZoom()];
    h2plan.printing = on;
    document.body.classList.toggle("paper", on);
    map.invalidateSize({ animate: false, pan: false });
    if (on) map.fitBounds(seen, { animate: false });
    else map.setView(h2plan.seen[0], h2plan.seen[1], { animate: false });
    Object.keys(layers).forEach((name) => layers[name].redraw && layers[name].redraw());
    layers.supply.eachLayer((layer) => layer.fade && layer.redraw());
    if (h2plan.page.isOn("labels")) h2plan.page.labels.redraw();
  };
  window.addEventListener("beforeprint", () => {
    lay(true);
    h2plan.choose(null);
  });
  window.addEventListener("afterprint", () => {
    lay(false);
    h2plan.panel();
  });
}
