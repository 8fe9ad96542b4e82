/* What is drawn over the roads, from the bottom to the top, and what a choice lights up. */
"use strict";

const ROAD_STYLES = {
  river: { color: "#c5dcea", weight: 9 },
  access: { color: "#d9d6cf", weight: 0.8, dashArray: "3 3" },
  street: { color: "#d6d1c7", weight: 0.9 },
  trunk: { color: "#cbbfa8", weight: 1.6 },
  motorway: { color: "#bba88a", weight: 2.4 },
};
const OWN_STYLES = {
  boundary: { color: "#6d6358", weight: 1.6, dashArray: "9 3 2 3" },
  river: { color: "#8fbad4", weight: 3 },
  area: { color: "#7a6a1f", weight: 1.2, dashArray: "4 3" },
};
/* From near to far: darker and wider is nearer; the last is beyond the largest band. */
const BAND_STYLES = [["#08415c", 5.4], ["#22708a", 4.6], ["#4b9fa0", 3.9], ["#8fc3a0", 3.2], ["#cfd58c", 2.6], ["#b9b2a6", 1.4]];
const MODE_DASHES = { tube_trailer: null, liquid: "10 5", pipeline: "1 5", on_site: "3 3" };
/* WGS-84. */
const EQUATOR_M = 40075016.686;
const SUPPLY_INK = "#5b3f8c";
h2plan.styles = { roads: ROAD_STYLES, own: OWN_STYLES, bands: BAND_STYLES, dashes: MODE_DASHES, supply: SUPPLY_INK };

h2plan.build = function (map) {
  const data = h2plan.data;
  const tiles = h2plan.setTiles(map);
  h2plan.unpack();
  [["reach", 410], ["corridors", 420], ["services", 430], ["arrows", 435], ["discs", 437], ["candidates", 440], ["demand", 445], ["sources", 450], ["lit", 455], ["stationPoints", 460]].forEach((pane) => h2plan.pane(map, pane[0], pane[1]));
  const page = { map: map, markers: {}, hidden: new Set(), backdrop: h2plan.drawRoads(map, ROAD_STYLES, true) };
  const canvas = (pane, paint) => new h2plan.Canvas(pane, paint);
  page.layers = {
    reach: canvas("reach", drawReach),
    corridors: canvas("corridors", drawCorridors),
    services: canvas("services", drawServices),
    supply: L.layerGroup(),
    error: canvas("discs", drawDiscs),
    candidates: candidates("candidates", false),
    barred: candidates("candidates", true),
    demand: demandPoints(),
    sources: sourcePoints(),
    stations: L.layerGroup(),
  };
  if (tiles) page.layers.tiles = tiles;
  data.own.forEach((layer, i) => (page.layers["own:" + i] = ownLayer(layer)));
  page.lit = canvas("lit", drawLit);
  return page;
};

h2plan.errorOf = function (place) {
  return place.off ? h2plan.word("precision") + " " + h2plan.metres(place.off) : "";
};

/* Bodies of the notes of lines: the canvas tells when the mouse is over one. */
h2plan.hoverLine = function (layer, body) {
  layer.on("mouseover", () => (h2plan.under = body));
  layer.on("mouseout", () => (h2plan.under = null));
  return layer;
};

function ownLayer(layer) {
  const group = L.layerGroup(), style = OWN_STYLES[layer.kind];
  layer.lines.forEach((entry) => {
    const ring = entry[0] && layer.kind === "area";
    const look = Object.assign({ fill: Boolean(ring), fillOpacity: 0.08 }, style);
    const line = (ring ? L.polygon : L.polyline)(h2plan.unpath(entry[1]), look);
    h2plan.hoverLine(line, () => h2plan.note(h2plan.text(entry[2]) || h2plan.say(layer.name), [h2plan.say(layer.name)]));
    line.addTo(group);
  });
  return group;
}

function candidates(pane, barred) {
  const columns = h2plan.data.candidates, shapes = Object.keys(h2plan.data.shapes);
  return new h2plan.Points(pane, {
    x: columns.x,
    y: columns.y,
    rows: Array.from(columns.id.keys()).filter((i) => Boolean(columns.barred[i]) === barred),
    key: (i) => (h2plan.isChosen(i) ? "" : barred ? "barred" : "free" + columns.shape[i]),
    look: (i) => (barred ? h2plan.barredLook : h2plan.candidateLook(shapes[columns.shape[i]])),
  });
}

/* Areas grow with kg/d, on one scale for all years; the large ones are drawn first. */
function demandPoints() {
  const columns = h2plan.data.places;
  const largest = h2plan.most(columns.kg.map(h2plan.most)), crowd = columns.name.length;
  const shrink = crowd > 10000 ? 0.45 : crowd > 3000 ? 0.7 : 1, scale = shrink * Math.min(0.8, 13 / Math.sqrt(largest));
  const total = columns.kg[columns.kg.length - 1];
  const rows = Array.from(columns.name.keys()).sort((a, b) => total[b] - total[a]);
  return new h2plan.Points("demand", {
    x: columns.x,
    y: columns.y,
    rows: rows,
    key: (i) => {
      const kg = columns.kg[h2plan.year][i];
      if (!kg || h2plan.page.hidden.has(columns.kind[i])) return "";
      return columns.kind[i] + columns.state[h2plan.year][i] + Math.round(2 * scale * Math.sqrt(kg));
    },
    look: (i) => h2plan.demandLook({ kg: columns.kg[h2plan.year][i], kind: h2plan.data.kinds[columns.kind[i]][0], state: h2plan.place(i).state }, scale, 3 * shrink),
  });
}

/* Sources and storage centres of the year shown. */
h2plan.suppliers = function () {
  const centres = h2plan.now().centres.map((centre) => Object.assign({ is: "centre" }, centre));
  return h2plan.data.sources.map((source) => Object.assign({ is: "source" }, source)).concat(centres);
};

function sourcePoints() {
  const layer = new h2plan.Points("sources", { x: [], y: [], rows: [], key: (i) => h2plan.page.suppliers[i].is, look: (i) => (h2plan.page.suppliers[i].is === "centre" ? h2plan.centreLook(8) : h2plan.sourceLook) });
  layer.fill = () => {
    const found = (h2plan.page.suppliers = h2plan.suppliers());
    const spots = found.map((one) => h2plan.spot(one.lat, one.lon));
    Object.assign(layer.table, { x: spots.map((at) => at.x), y: spots.map((at) => at.y), rows: Array.from(found.keys()) });
  };
  return layer;
}

/* Bands of minutes to the nearest station; the area of a chosen station stands out from the others. */
function drawReach(pen, frame) {
  const reach = h2plan.now().reach;
  if (!reach) return;
  const chosen = h2plan.chosen && h2plan.chosen.lines ? h2plan.chosen.place : -1;
  pen.lineCap = pen.lineJoin = "round";
  for (let band = BAND_STYLES.length - 1; band >= 0; band -= 1) {
    [false, true].forEach((own) => {
      pen.beginPath();
      for (let i = 0; i < reach.bands.length; i += 1) {
        if (reach.bands.charCodeAt(i) - 48 === band && h2plan.isRoad(i) && (chosen < 0 ? own : (reach.nearest[i] === chosen) === own)) h2plan.traceLine(pen, frame, h2plan.track(i));
      }
      pen.globalAlpha = chosen >= 0 && !own ? 0.22 : 0.95;
      pen.strokeStyle = BAND_STYLES[band][0];
      pen.lineWidth = BAND_STYLES[band][1] * Math.min(1.6, Math.max(0.5, Math.pow(1.25, h2plan.page.map.getZoom() - 10.5)));
      pen.setLineDash(band === BAND_STYLES.length - 1 ? [2, 4] : []);
      pen.stroke();
    });
  }
}

h2plan.corridorWidth = function (kg) {
  if (!h2plan.corridorMost) h2plan.corridorMost = h2plan.most(h2plan.data.years.map((year) => h2plan.most(year.corridors.filter((_, i) => i % 3 === 1))));
  return 1.5 + 8.5 * (kg / h2plan.corridorMost);
};

/* The band is as wide as what is wanted; the served part lies over it, as wide as what is served. */
function drawCorridors(pen, frame) {
  const rows = h2plan.now().corridors;
  const stroke = (i, kg, color, dash) => {
    pen.beginPath();
    h2plan.traceLine(pen, frame, h2plan.track(rows[i]));
    pen.lineWidth = h2plan.corridorWidth(kg);
    pen.strokeStyle = color;
    pen.setLineDash(dash);
    pen.stroke();
  };
  pen.globalAlpha = 0.62;
  for (let i = 0; i < rows.length; i += 3) if (rows[i + 2] < 0.995 * rows[i + 1]) stroke(i, rows[i + 1], h2plan.ink.short, [3, 2]);
  pen.globalAlpha = 0.5;
  for (let i = 0; i < rows.length; i += 3) if (rows[i + 2] > 0) stroke(i, rows[i + 2], h2plan.ink.corridor, []);
}

function strokeServices(pen, frame, station) {
  const places = h2plan.data.places, x = station.at.x * frame.scale - frame.x0, y = station.at.y * frame.scale - frame.y0;
  station.to.forEach((place) => {
    pen.moveTo(x, y);
    pen.lineTo(places.x[place] * frame.scale - frame.x0, places.y[place] * frame.scale - frame.y0);
  });
}

function drawServices(pen, frame) {
  pen.strokeStyle = h2plan.ink.line;
  pen.globalAlpha = 0.45;
  pen.lineWidth = 0.9;
  pen.beginPath();
  h2plan.stations().forEach((station) => strokeServices(pen, frame, station));
  pen.stroke();
}

/* Whom the lit station serves, or who serves the lit place; and where it is. */
function drawLit(pen, frame) {
  const lit = h2plan.litOne;
  if (!lit) return;
  pen.strokeStyle = h2plan.ink.dark;
  pen.lineWidth = 1.8;
  pen.globalAlpha = 0.9;
  pen.beginPath();
  if (lit.lines) strokeServices(pen, frame, lit);
  const at = lit.at || h2plan.spot(lit.lat, lit.lon), x = at.x * frame.scale - frame.x0, y = at.y * frame.scale - frame.y0;
  if (lit.is === "place") {
    h2plan.servers(lit.row).forEach((pair) => {
      pen.moveTo(x, y);
      pen.lineTo(pair[0].at.x * frame.scale - frame.x0, pair[0].at.y * frame.scale - frame.y0);
    });
  }
  pen.stroke();
  if (lit.lines && h2plan.page.markers[lit.id]) return;
  pen.beginPath();
  pen.arc(x, y, lit.lines ? h2plan.stationRadius(lit.capacity) + 4 : 10, 0, 2 * Math.PI);
  pen.stroke();
}

/* With more discs than this they are rims alone: filled, they would cover the map and take seconds. */
const DISCS_FILLED = 1500;

/* Discs as wide as the error of an imprecise place. */
function drawDiscs(pen, frame) {
  const data = h2plan.data, imprecise = Object.keys(data.places.off), filled = imprecise.length < DISCS_FILLED;
  const disc = (lat, off, at, color) => {
    const x = at.x * frame.scale - frame.x0, y = at.y * frame.scale - frame.y0;
    if (x < frame.left || y < frame.top || x > frame.right || y > frame.bottom) return;
    const metre = (256 * frame.scale) / (EQUATOR_M * Math.cos((lat * Math.PI) / 180));
    pen.beginPath();
    pen.arc(x, y, off * metre, 0, 2 * Math.PI);
    pen.globalAlpha = 0.04;
    pen.fillStyle = pen.strokeStyle = color;
    if (filled) pen.fill();
    pen.globalAlpha = 0.4;
    pen.stroke();
  };
  pen.lineWidth = 0.8;
  pen.setLineDash([2, 3]);
  imprecise.forEach((i) => {
    if (data.places.kg[h2plan.year][i] && !h2plan.page.hidden.has(data.places.kind[i])) disc(data.places.lat[i], data.places.off[i], { x: data.places.x[i], y: data.places.y[i] }, h2plan.demandInk(data.kinds[data.places.kind[i]][0]));
  });
  h2plan.suppliers().forEach((one) => one.off && disc(one.lat, one.off, h2plan.spot(one.lat, one.lon), h2plan.ink.quiet));
  h2plan.stations().forEach((station) => station.off && disc(station.lat, station.off, station.at, station.built ? h2plan.ink.built : h2plan.ink.fresh));
}

/* Deliveries as lines from source to station, as wide as their kg/d, with an arrow; the dash tells the mode. */
h2plan.drawSupply = function () {
  const group = h2plan.page.layers.supply, rows = h2plan.now().deliveries;
  group.clearLayers();
  const most = h2plan.most(h2plan.data.years.map((year) => h2plan.most(year.deliveries.map((one) => one.kg))));
  rows.forEach((one) => {
    const style = { color: SUPPLY_INK, weight: 1 + 4.5 * (one.kg / most), opacity: 0.75, dashArray: MODE_DASHES[one.mode], lineCap: one.mode === "pipeline" ? "round" : "butt" };
    const body = () => h2plan.note(h2plan.say(one.names[0]) + " → " + h2plan.say(one.names[1]), [h2plan.word("delivery", h2plan.say(h2plan.data.modes[one.mode]), h2plan.number(one.kg), h2plan.number(one.km, 1))]);
    h2plan.hoverLine(L.polyline(one.ends, style), body).addTo(group);
  });
  if (rows.length) new h2plan.Canvas("arrows", (pen, frame) => rows.forEach((one) => arrow(pen, frame, one.ends))).addTo(group);
};

function arrow(pen, frame, ends) {
  const spots = ends.map((end) => h2plan.spot(end[0], end[1])).map((at) => [at.x * frame.scale - frame.x0, at.y * frame.scale - frame.y0]);
  const dx = spots[1][0] - spots[0][0], dy = spots[1][1] - spots[0][1];
  if (Math.hypot(dx, dy) < 24) return;
  pen.save();
  pen.translate(spots[0][0] + 0.6 * dx, spots[0][1] + 0.6 * dy);
  pen.rotate(Math.atan2(dy, dx));
  pen.beginPath();
  pen.moveTo(8, 0);
  pen.lineTo(-5, 5);
  pen.lineTo(-5, -5);
  pen.closePath();
  pen.fillStyle = SUPPLY_INK;
  pen.strokeStyle = "#fff";
  pen.stroke();
  pen.fill();
  pen.restore();
}

/* Light up one station or place, and let the others step back; null gives the calm view again. */
h2plan.light = function (one) {
  const page = h2plan.page;
  h2plan.litOne = one;
  page.layers.services.fade(one ? 0.25 : 1);
  page.lit.redraw();
  Object.keys(page.markers).forEach((id) => {
    const node = page.markers[id].getElement();
    if (node) node.classList.toggle("lit", Boolean(one) && one.id === id);
  });
  h2plan.lightRow(one);
};
