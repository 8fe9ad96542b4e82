/* Search, ruler, hover notes, and what lies on the edge of the map. */
"use strict";

const HITS_MAX = 12;

h2plan.furniture = function (map) {
  const safe = document.createElement("div");
  const credit = L.control.attribution({ position: "bottomright", prefix: false });
  credit.setPrefix(false).addTo(map);
  const tiles = h2plan.data.tiles;
  h2plan.data.attribution.concat(tiles && tiles.attribution ? tiles.attribution : []).forEach((text) => {
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
  ["legend", "years", "find"].forEach((id) => {
    L.DomEvent.disableClickPropagation(document.getElementById(id));
    L.DomEvent.disableScrollPropagation(document.getElementById(id));
  });
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
  hovering(map);
  searching();
};

/* The point layers that answer to the mouse, the topmost first, with what each point is. */
function pointLayers() {
  const page = h2plan.page, stations = h2plan.stations();
  return [
    [page.stationPoints, (i) => stations[i], h2plan.stationNote],
    [page.layers.sources, (i) => page.suppliers[i], supplierNote],
    [page.layers.demand, h2plan.place, placeNote],
    [page.layers.barred, h2plan.candidate, candidateNote],
    [page.layers.candidates, h2plan.candidate, candidateNote],
  ].filter((entry) => entry[0] && entry[0]._map);
}

h2plan.under = null;

/* One note follows the mouse: of the point under it, else of the line under it. */
function hovering(map) {
  const tip = L.tooltip({ opacity: 1, direction: "top", offset: [0, -8] });
  let shown = "";
  const hide = () => {
    if (shown) map.closeTooltip(tip);
    shown = "";
  };
  const hit = (event) => {
    const target = event.originalEvent && event.originalEvent.target;
    if (h2plan.measuring || !target || !target.closest || target.closest(".leaflet-marker-icon, .leaflet-control, #legend, #years, #find")) return null;
    for (const entry of pointLayers()) {
      const i = entry[0].at(event.containerPoint);
      if (i >= 0) return { one: entry[1](i), note: entry[2], key: entry[0]._leaflet_id + ":" + i };
    }
    return null;
  };
  map.on("mousemove", (event) => {
    const found = hit(event), body = found ? () => found.note(found.one) : h2plan.measuring ? null : h2plan.under;
    const key = found ? found.key : body ? "line" : "";
    map.getContainer().classList.toggle("pointing", Boolean(found));
    if (!body) return hide();
    tip.setLatLng(event.latlng);
    if (key !== shown || key === "line") tip.setContent(body());
    if (key !== shown) {
      map.openTooltip(tip);
      if (found && (found.one.is === "place" || found.one.lines)) h2plan.light(found.one);
      else if (h2plan.litOne !== h2plan.chosen) h2plan.light(h2plan.chosen);
    }
    shown = key;
  });
  map.on("mouseout movestart", hide);
  map.on("click", (event) => {
    const found = hit(event);
    if (h2plan.measuring) return;
    if (found && found.one.is !== "source" && found.one.is !== "centre") h2plan.choose(found.one);
    else if (h2plan.chosen) h2plan.choose(null);
  });
}

function placeNote(place) {
  const rows = place.classes.map((row) => h2plan.text(row[0]) + "  " + h2plan.word("servedOf", h2plan.number(row[2], 1), h2plan.number(row[1], 1)));
  const sum = h2plan.say(h2plan.data.kinds[place.kind][1]) + " · " + h2plan.word("servedOf", h2plan.number(place.served), h2plan.number(place.kg));
  const lines = [sum].concat(place.classes.length > 1 ? rows : place.classes.map((row) => h2plan.text(row[0])));
  if (place.state === "unreached") {
    lines.push(h2plan.word("unreached"));
    if (place.nearest) lines.push(h2plan.word("nearest", h2plan.text(place.nearest[0]), h2plan.number(place.nearest[1])));
  }
  return h2plan.note(place.name, lines.concat(h2plan.errorOf(place)));
}

function candidateNote(site) {
  return h2plan.note(site.name, [site.kind + " · " + site.verdict, site.why, site.from ? h2plan.word("fromYear", site.from) : "", h2plan.errorOf(site)]);
}

function supplierNote(one) {
  const lines = [h2plan.word(one.is === "centre" ? "centre" : "sources")];
  if (one.is === "centre") {
    lines.push(one.handled === undefined ? h2plan.word("unit", h2plan.number(one.capacity)) : h2plan.word("handled", h2plan.number(one.handled), h2plan.number(one.capacity)));
  } else {
    if (!h2plan.data.public) lines.push(one.kg === null ? h2plan.word("unknown") : h2plan.word("upTo", h2plan.number(one.kg)));
    const sold = h2plan.now().sold[one.id];
    if (sold !== undefined) lines.push(h2plan.word("sold", h2plan.number(sold)));
  }
  return h2plan.note(h2plan.say(one.name), lines.concat(h2plan.errorOf(one)));
}

/* What a line of the road tells: its name, its corridor demand, and how far it is to a station. */
h2plan.roadNote = function (line) {
  const year = h2plan.now(), lines = [];
  const at = h2plan.page.isOn("corridors") ? year.corridors.findIndex((value, i) => i % 3 === 0 && value === line.number) : -1;
  if (at >= 0) lines.push(h2plan.word("groupCorridor", h2plan.word("servedOf", h2plan.number(year.corridors[at + 2]), h2plan.number(year.corridors[at + 1]))));
  if (year.reach && h2plan.page.isOn("reach") && h2plan.isRoad(line.number)) {
    const band = year.reach.bands.charCodeAt(line.number) - 48, station = year.stations[year.reach.nearest[line.number]], bands = h2plan.data.bands;
    const told = band < bands.length ? h2plan.word("bandTo", bands[band]) : h2plan.word("bandBeyond", bands[band - 1]);
    lines.push(h2plan.word("roadMin", station ? h2plan.say(station.name) : "", told));
  }
  const name = h2plan.text(line.name);
  return name || lines.length ? h2plan.note(name || h2plan.word("isRoad"), lines) : null;
};

/* Everything with a name, found in either language or by its id. */
h2plan.find = function (asked) {
  const wanted = asked.trim().toLowerCase(), data = h2plan.data, hits = [];
  if (!wanted) return hits;
  const has = (name) => (typeof name === "string" ? name : name.join("\n")).toLowerCase().indexOf(wanted) >= 0;
  const add = (kind, name, place) => hits.length < HITS_MAX && hits.push({ kind: kind, name: name, place: place });
  h2plan.stations().forEach((one) => (has(one.name) || has(one.id)) && add("isStation", h2plan.say(one.name), one));
  data.seats.forEach((seat) => has(seat[0]) && add("isSeat", h2plan.say(seat[0]), { lat: seat[1], lon: seat[2] }));
  h2plan.suppliers().forEach((one) => has(one.name) && add(one.is === "centre" ? "isCentre" : "isSource", h2plan.say(one.name), { lat: one.lat, lon: one.lon }));
  const texts = new Set(h2plan.texts().map((text, i) => (has(text) ? i : -1)));
  const rows = (columns, visit) => columns.name.forEach((name, i) => hits.length < HITS_MAX && (texts.has(name) || (columns.id && has(columns.id[i]))) && visit(i));
  rows(data.candidates, (i) => !h2plan.isChosen(i) && add("isCandidate", h2plan.candidate(i).name, h2plan.candidate(i)));
  rows(data.places, (i) => data.places.kg[h2plan.year][i] && add("isPlace", h2plan.place(i).name, h2plan.place(i)));
  return hits;
};

function searching() {
  const field = document.getElementById("search"), list = document.getElementById("hits");
  const clear = () => h2plan.fill(list, []);
  const show = () => {
    const hits = h2plan.find(field.value);
    h2plan.fill(list, hits.map((hit) => h2plan.fill(h2plan.el("li"), [hitButton(hit, clear)])));
    if (!hits.length && field.value.trim()) h2plan.fill(list, [h2plan.el("li", "hint", h2plan.word("nothing"))]);
  };
  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    const first = list.querySelector("button");
    if (event.key === "Escape") clear();
    if (event.key === "Enter" && first) first.click();
    if (event.key === "ArrowDown" && first) first.focus();
  });
}

function hitButton(hit, clear) {
  const button = h2plan.button("hit", "", () => {
    clear();
    if (hit.place.is || hit.place.lines) h2plan.choose(hit.place);
    h2plan.goTo(hit.place, 12);
  });
  return h2plan.fill(button, [h2plan.el("span", "", hit.name), h2plan.el("small", "", h2plan.word(hit.kind))]);
}

/* Bring a place into view beside the legend; `zoom`: the least zoom to come to. */
h2plan.goTo = function (place, zoom) {
  const map = h2plan.page.map, at = [place.lat, place.lon];
  if (zoom && map.getZoom() < zoom) map.setView(at, zoom, { animate: false });
  else map.panInside(at, { paddingTopLeft: [270, 60], paddingBottomRight: [60, 90], animate: false });
};

/* The ruler: corners by click, the length along the way, until a double click or Escape. */
h2plan.toggleRuler = function () {
  if (h2plan.measuring) return endRuler();
  const map = h2plan.page.map, layer = L.layerGroup().addTo(map);
  const line = L.polyline([], { color: h2plan.ink.dark, weight: 2.4, dashArray: "6 4", interactive: false }).addTo(layer);
  const told = L.tooltip({ permanent: true, direction: "right", offset: [10, 0], opacity: 1, className: "length" });
  h2plan.measuring = { layer: layer, line: line, told: told, corners: [] };
  map.doubleClickZoom.disable();
  map.getContainer().classList.add("measuring");
  map.on("click", addCorner);
  map.on("dblclick", endMeasure);
  document.getElementById("ruler").setAttribute("aria-pressed", "true");
};

function addCorner(event) {
  const now = h2plan.measuring, last = now.corners[now.corners.length - 1];
  if (last && last.equals(event.latlng)) return;
  now.corners.push(event.latlng);
  now.line.setLatLngs(now.corners);
  L.circleMarker(event.latlng, { radius: 3.5, color: h2plan.ink.dark, weight: 1.5, fillColor: "#fff", fillOpacity: 1, interactive: false }).addTo(now.layer);
  const metres = now.corners.reduce((sum, corner, i) => (i ? sum + corner.distanceTo(now.corners[i - 1]) : 0), 0);
  now.told.setLatLng(event.latlng).setContent(h2plan.el("b", "", metres >= 1000 ? h2plan.number(metres / 1000, 2) + " km" : h2plan.number(metres) + " m"));
  if (now.corners.length === 1) now.told.setContent(h2plan.el("span", "", h2plan.word("rulerHint")));
  now.told.addTo(now.layer);
}

/* Stop measuring and leave the line on the map; the next press of the button takes it away. */
function endMeasure() {
  const map = h2plan.page.map;
  map.off("click", addCorner);
  map.off("dblclick", endMeasure);
  map.getContainer().classList.remove("measuring");
  window.setTimeout(() => map.doubleClickZoom.enable(), 300);
}

function endRuler() {
  endMeasure();
  h2plan.measuring.layer.remove();
  h2plan.measuring = null;
  document.getElementById("ruler").setAttribute("aria-pressed", "false");
}

h2plan.toggleFull = function () {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
};
