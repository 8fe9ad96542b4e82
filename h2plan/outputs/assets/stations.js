/* Stations: their symbols by status or utilisation, as elements of the page while they are few, else on a canvas. */
"use strict";

/* As elements they can be reached by keyboard; thousands of elements would be slow. */
const ELEMENTS_MAX = 600;
const USE_RAMP = [[0.2, "#f2f0f7"], [0.4, "#bcbddc"], [0.6, "#807dba"], [0.8, "#54278f"], [Infinity, "#2a0a52"]];
h2plan.useRamp = USE_RAMP;

h2plan.stationRadius = function (capacity) {
  if (h2plan.crowd === undefined) h2plan.crowd = h2plan.most(h2plan.data.years.map((year) => year.stations.length));
  if (!h2plan.largest) h2plan.largest = h2plan.most(h2plan.data.years.map((year) => h2plan.most(year.stations.map((one) => one.capacity))));
  const count = h2plan.crowd, shrink = count > 300 ? 0.55 : count > 120 ? 0.75 : 1;
  return Math.max(5 * shrink, 12 * shrink * Math.sqrt(capacity / h2plan.largest));
};

/* Shape, fill, rim and mark: a status is told by form as well as by colour. */
h2plan.stationStyle = function (station) {
  const ink = h2plan.ink, square = station.built, base = square ? ink.built : ink.fresh;
  const style = { square: square, fill: base, ring: "rgba(31,42,48,.55)", ringWidth: 0.8, up: station.status === "upgraded" || station.status === "extended", dot: station.required };
  if (station.status === "standing") Object.assign(style, { fill: "#f6c3a0", ring: "#a34700", ringWidth: 2 });
  if (h2plan.colouring === "use") Object.assign(style, { fill: USE_RAMP.find((step) => station.utilisation < step[0])[1], ring: "#2a0a52", ringWidth: 1.2 });
  return style;
};

h2plan.svg = function (tag, attributes, children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.keys(attributes).forEach((name) => node.setAttribute(name, attributes[name]));
  (children || []).forEach((child) => node.appendChild(child));
  return node;
};

h2plan.stationSvg = function (station, r) {
  return h2plan.styledSvg(h2plan.stationStyle(station), r);
};

h2plan.styledSvg = function (style, r) {
  const side = 2 * r + 8, mid = side / 2, make = h2plan.svg;
  const svg = make("svg", { width: side, height: side, viewBox: "0 0 " + side + " " + side });
  const outline = (grow, paint) => {
    const h = 0.88 * r + grow;
    return style.square
      ? make("rect", Object.assign({ x: mid - h, y: mid - h, width: 2 * h, height: 2 * h, rx: 1.5 }, paint))
      : make("circle", Object.assign({ cx: mid, cy: mid, r: r + grow }, paint));
  };
  svg.appendChild(outline(2, { class: "rim" }));
  svg.appendChild(outline(style.ringWidth > 1 ? -0.5 : 0, { fill: style.fill, stroke: style.ring, "stroke-width": style.ringWidth, "stroke-dasharray": style.dash || "none" }));
  const s = Math.max(3, 0.62 * r), light = { fill: "#fff", stroke: "rgba(31,42,48,.5)", "stroke-width": 0.6 };
  if (style.up) svg.appendChild(make("path", Object.assign({ d: "M" + mid + " " + (mid - s) + "l" + s + " " + 1.5 * s + "h" + -2 * s + "z" }, light)));
  else if (style.down) svg.appendChild(make("path", Object.assign({ d: "M" + mid + " " + (mid + s) + "l" + s + " " + -1.5 * s + "h" + -2 * s + "z" }, light)));
  else if (style.dot) svg.appendChild(make("circle", { cx: mid, cy: mid, r: Math.max(1.8, 0.3 * r), fill: "#fff" }));
  if (style.cross) svg.appendChild(make("path", { d: crossPath(mid, 0.52 * r, style.cross), stroke: style.ink || "#fff", "stroke-width": Math.max(1.6, 0.26 * r), "stroke-linecap": "round" }));
  return svg;
};

/* Two strokes through the middle: a plus, or a cross. */
function crossPath(mid, s, kind) {
  const t = kind === "plus" ? 0 : 0.72 * s, u = kind === "plus" ? s : t;
  return "M" + (mid - u) + " " + (mid - t) + "L" + (mid + u) + " " + (mid + t) + "M" + (mid - t) + " " + (mid + u) + "L" + (mid + t) + " " + (mid - u);
}

function stationLook(station) {
  const style = h2plan.stationStyle(station);
  const mark = style.up ? { shape: "triangle", r: 3, fill: "#fff" } : style.dot ? { shape: "circle", r: 1.8, fill: "#fff" } : null;
  return { shape: style.square ? "square" : "circle", r: h2plan.stationRadius(station.capacity), fill: style.fill, stroke: style.ring, width: style.ringWidth, halo: 1.5, mark: mark };
}

h2plan.stationNote = function (station) {
  return h2plan.note(h2plan.say(station.name), [
    h2plan.say(h2plan.data.statuses[station.status]) + " · " + h2plan.say(station.kind) + " · " + h2plan.say(station.size),
    h2plan.number(station.used) + " / " + h2plan.number(station.capacity) + " kg/d · " + h2plan.percent(station.utilisation),
    h2plan.errorOf(station),
  ]);
};

/* Draw the stations of the year shown into their layer. */
h2plan.drawStations = function () {
  const page = h2plan.page, stations = h2plan.stations();
  page.markers = {};
  page.layers.stations.clearLayers();
  page.stationPoints = null;
  if (stations.length <= ELEMENTS_MAX) {
    stations.forEach((station) => (page.markers[station.id] = marker(station).addTo(page.layers.stations)));
    return;
  }
  page.stationPoints = new h2plan.Points("stationPoints", {
    x: stations.map((station) => station.at.x),
    y: stations.map((station) => station.at.y),
    rows: stations.map((_, i) => i).filter((i) => !h2plan.isFiltered(stations[i])),
    key: (i) => [stations[i].status, stations[i].required, stations[i].built, stations[i].capacity, h2plan.colouring === "use" && stations[i].utilisation.toFixed(1)].join("|"),
    look: (i) => stationLook(stations[i]),
  });
  page.stationPoints.addTo(page.layers.stations);
};

function marker(station) {
  const r = h2plan.stationRadius(station.capacity);
  const side = 2 * r + 8;
  const icon = L.divIcon({ className: "station " + station.status, html: h2plan.stationSvg(station, r), iconSize: [side, side] });
  const drawn = L.marker([station.lat, station.lon], { icon: icon, riseOnHover: true, alt: h2plan.say(station.name) });
  drawn.bindTooltip(() => h2plan.stationNote(station), { opacity: 1, direction: "top", offset: [0, -r] });
  drawn.on("click", () => h2plan.choose(station));
  drawn.on("keypress", (event) => event.originalEvent.key === "Enter" && h2plan.choose(station));
  drawn.on("mouseover", () => h2plan.light(station));
  drawn.on("mouseout", () => h2plan.light(h2plan.chosen));
  return drawn;
}
