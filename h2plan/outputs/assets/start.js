/* Brings map, legend, panel and heading together; called by the page with the folium map and its backdrop. */
"use strict";

h2plan.start = function (map, backdrop) {
  h2plan.tongue = h2plan.data.language;
  h2plan.chosen = null;
  map.createPane("names").style.zIndex = 620;
  map.getPane("names").style.pointerEvents = "none";
  const page = h2plan.build(map, backdrop);
  h2plan.page = page;
  page.map = map;
  page.borrowed = L.layerGroup().addTo(map);
  const hidden = ["barred"];
  Object.keys(page.layers).forEach((name) => hidden.indexOf(name) < 0 && page.layers[name].addTo(map));
  page.labels = new h2plan.Labels(names).addTo(map);

  Object.keys(backdrop).forEach((name) => {
    if (name === "river") return;
    backdrop[name].eachLayer((line) => h2plan.lineName(line) && h2plan.tip(line, () => h2plan.note(h2plan.lineName(line), [])));
  });
  map.on("zoomend", h2plan.restyle);
  map.on("click", () => h2plan.chosen && h2plan.choose(null));
  furniture(map);
  speak();
  h2plan.fit(false);
  h2plan.restyle();
  h2plan.restack();
};

/* Show all stations, beside the legend where there is room for both. */
h2plan.fit = function (animate) {
  const map = h2plan.page.map;
  const beside = document.getElementById("legend").offsetWidth;
  const left = map.getSize().x > 2.6 * beside ? beside + 32 : 28;
  map.fitBounds(h2plan.data.bounds, { paddingTopLeft: [left, 28], paddingBottomRight: [48, 40], animate: animate });
};

/* Road widths grow with the zoom, and small streets wait until there is room. */
h2plan.restyle = function () {
  const page = h2plan.page;
  const zoom = page.map.getZoom();
  const grow = Math.pow(1.32, zoom - 10.5);
  Object.keys(page.backdrop).forEach((name) => {
    const layer = page.backdrop[name];
    const base = layer.options.style({}).weight;
    const most = name === "river" ? 40 : 9;
    const early = name === "street" && zoom < 10.5;
    layer.setStyle({ weight: Math.min(most, Math.max(0.5, base * grow)), opacity: early ? 0.55 : 1 });
  });
  if (page.backdrop.river && page.map.hasLayer(page.backdrop.river)) page.backdrop.river.bringToBack();
};

function furniture(map) {
  const safe = document.createElement("div");
  const credit = L.control.attribution({ position: "bottomright", prefix: false });
  credit.setPrefix(false).addTo(map);
  h2plan.data.attribution.forEach((text) => {
    safe.textContent = text;
    credit.addAttribution(safe.innerHTML);
  });
  L.control.zoom({ position: "topright" }).addTo(map);
  L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 140 }).addTo(map);
  const cursor = L.control({ position: "bottomleft" });
  cursor.onAdd = () => h2plan.el("div", "cursor", "");
  cursor.addTo(map);
  map.on("mousemove", (event) => {
    cursor.getContainer().textContent = event.latlng.lng.toFixed(5) + "°E  " + event.latlng.lat.toFixed(5) + "°N  WGS-84";
  });
  L.DomEvent.disableClickPropagation(document.getElementById("legend"));
  L.DomEvent.disableScrollPropagation(document.getElementById("legend"));
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
}

/* Every text of the page in the language of the moment. */
function speak() {
  const data = h2plan.data;
  const by = (id) => document.getElementById(id);
  document.documentElement.lang = h2plan.tongue ? "en" : "zh-CN";
  by("title").textContent = h2plan.say(data.title);
  document.title = h2plan.say(data.title);
  by("subtitle").textContent = h2plan.say(data.subtitle);
  by("mark").textContent = h2plan.word("mark");
  h2plan.fill(by("figures"), data.figures.map((item) => h2plan.fill(h2plan.el("div"), [
    h2plan.el("dt", "", h2plan.say(item[0])),
    h2plan.el("dd", "", h2plan.say(item[1])),
    h2plan.el("small", "", h2plan.say(item[2])),
  ])));
  approval(by("approval"));
  h2plan.fill(by("tools"), [
    h2plan.button("tool", h2plan.word("language"), () => {
      h2plan.tongue = 1 - h2plan.tongue;
      speak();
    }),
    h2plan.button("tool", h2plan.word("fit"), () => h2plan.fit(true)),
    h2plan.button("tool", h2plan.word("print"), () => window.print()),
    h2plan.button("tool", h2plan.word("list"), () => document.body.classList.toggle("shut")),
  ]);
  by("tools").firstChild.id = "language";
  h2plan.legend();
  h2plan.panel();
  if (h2plan.page.map.hasLayer(h2plan.page.labels)) h2plan.page.labels.redraw();
}

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

/* Names for the label canvas, the most important first, and the room that symbols take. */
function names(map) {
  const page = h2plan.page, data = h2plan.data, ink = h2plan.ink, zoom = map.getZoom();
  const pixel = (lat, lon) => map.latLngToContainerPoint([lat, lon]);
  const taken = covered(map), found = [];
  if (map.hasLayer(page.layers.stations)) {
    data.stations.forEach((station) => {
      const at = pixel(station.lat, station.lon), r = h2plan.stationRadius(station.capacity) + 1;
      taken.push([at.x - r, at.y - r, at.x + r, at.y + r]);
      if (zoom >= 9.5) found.push({ text: h2plan.say(station.name), at: at, gap: r + 3, size: zoom < 11 ? 11 : 12, weight: 500, color: ink.dark });
    });
  }
  const seats = data.seats.map((seat) => ({ text: h2plan.say(seat[0]), at: pixel(seat[1], seat[2]), gap: 9, above: true, size: zoom < 11 ? 12 : 14, weight: 700, color: "#6a7378", halo: 4 }));
  return { taken: taken, names: seats.concat(zoom < 12 ? rivers(map).concat(found) : found.concat(rivers(map)), roads(map), places(map)) };
}

function places(map) {
  if (map.getZoom() < 12.5) return [];
  const shown = h2plan.data.places.filter((place) => map.hasLayer(h2plan.page.layers["demand:" + place.kind]));
  const named = h2plan.data.seats.map((seat) => seat[0]).concat(h2plan.data.stations.map((station) => station.name));
  const said = new Set(named.map(h2plan.say));
  const bounds = map.getBounds();
  const wanted = shown.filter((place) => bounds.contains([place.lat, place.lon]) && !said.has(h2plan.say(place.name)));
  return wanted.map((place) => {
    const at = map.latLngToContainerPoint([place.lat, place.lon]);
    return { text: h2plan.say(place.name), at: at, gap: 10, size: 10.5, weight: 400, color: "#4d6b60" };
  });
}

/* The parts of the map that legend, buttons and lines of text lie on. */
function covered(map) {
  const origin = map.getContainer().getBoundingClientRect();
  return Array.from(document.querySelectorAll("#legend, #mark, .leaflet-control")).map((node) => {
    const box = node.getBoundingClientRect();
    return [box.left - origin.left, box.top - origin.top, box.right - origin.left, box.bottom - origin.top];
  });
}

function rivers(map) {
  const page = h2plan.page;
  if (!page.backdrop.river || !map.hasLayer(page.backdrop.river)) return [];
  const found = [];
  page.backdrop.river.eachLayer((line) => {
    const text = h2plan.lineName(line) + h2plan.word("sketchy");
    const along = h2plan.stretches(map, [line], 50);
    found.push({ text: text, along: along, size: 12, weight: 500, italic: true, color: h2plan.ink.river, haloColor: "rgba(235,243,248,.9)" });
  });
  return found;
}

const FROM_ZOOM = { motorway: 10, trunk: 11.5, street: 13 };

function roads(map) {
  const found = [];
  Object.keys(FROM_ZOOM).forEach((group) => {
    const layer = h2plan.page.backdrop[group];
    if (!layer || !map.hasLayer(layer) || map.getZoom() < FROM_ZOOM[group]) return;
    const byName = new Map();
    layer.eachLayer((line) => {
      const name = h2plan.lineName(line).split("/")[0];
      if (name && !/^unnamed/.test(name)) byName.set(name, (byName.get(name) || []).concat(line));
    });
    byName.forEach((lines, name) => {
      const along = h2plan.stretches(map, lines, 11 * name.length);
      found.push({ text: name, along: along, size: 10.5, weight: 500, color: "#8a7750" });
    });
  });
  return found;
}
