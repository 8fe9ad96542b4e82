/* What is drawn over the backdrop, from the bottom to the top, and what a station's choice lights up. */
"use strict";

h2plan.build = function (map, backdrop) {
  const data = h2plan.data;
  const group = () => L.layerGroup();
  const layers = { error: group(), corridors: group(), services: group(), candidates: group(), barred: group(), sources: group(), stations: group() };
  Array.from(h2plan.kinds.keys()).forEach((kind) => (layers["demand:" + kind] = group()));
  const roads = {};
  Object.keys(backdrop).forEach((name) => backdrop[name].eachLayer((line) => name !== "river" && (roads[line.feature.id] = line)));

  const disc = (place, color) => {
    if (!place.off) return;
    const style = { radius: place.off, color: color, weight: 0.7, opacity: 0.35, dashArray: "2 3", fillColor: color, fillOpacity: 0.035, interactive: false };
    L.circle([place.lat, place.lon], style).addTo(layers.error);
  };
  corridors(layers.corridors, roads);
  data.candidates.forEach((site) => {
    const look = site.barred ? h2plan.barredLook : h2plan.candidateLook(site.shape);
    tip(h2plan.symbol(site, look), () => h2plan.note(h2plan.say(site.name), [h2plan.say(site.kind) + " · " + h2plan.say(site.verdict), h2plan.say(site.why), error(site)]))
      .addTo(site.barred ? layers.barred : layers.candidates);
  });
  const largest = Math.max.apply(null, data.places.map((place) => place.kg).concat(1));
  data.places.forEach((place) => {
    const look = h2plan.demandLook(place, Math.min(0.8, 13 / Math.sqrt(largest)));
    disc(place, h2plan.demandInk(place.kind));
    tip(h2plan.symbol(place, look), () => demandNote(place)).addTo(layers["demand:" + place.kind]);
  });
  data.sources.forEach((source) => {
    disc(source, h2plan.ink.quiet);
    const kg = source.kg === null ? h2plan.word("unknown") : h2plan.word("upTo", h2plan.number(source.kg));
    tip(h2plan.symbol(source, h2plan.sourceLook), () => h2plan.note(h2plan.say(source.name), [h2plan.word("sources"), kg, error(source)])).addTo(layers.sources);
  });
  const markers = {};
  data.stations.forEach((station) => {
    disc(station, station.built ? h2plan.ink.built : h2plan.ink.fresh);
    services(station).forEach((line) => line.addTo(layers.services));
    markers[station.id] = marker(station).addTo(layers.stations);
  });
  return { layers: layers, markers: markers, roads: roads, backdrop: backdrop };
};

function tip(layer, body) {
  return layer.bindTooltip(body, { sticky: true, opacity: 1, direction: "top", offset: [0, -6] });
}
h2plan.tip = tip;

function error(place) {
  return place.off ? h2plan.word("precision") + " " + h2plan.metres(place.off) : "";
}

function demandNote(place) {
  const rows = place.rows.map((row) => h2plan.say(row[0]) + "  " + h2plan.word("servedOf", h2plan.number(row[2], 1), h2plan.number(row[1], 1)));
  const sum = h2plan.say(h2plan.kinds.get(place.kind)) + " · " + h2plan.word("servedOf", h2plan.number(place.served), h2plan.number(place.kg));
  const lines = [sum].concat(place.rows.length > 1 ? rows : [h2plan.say(place.rows[0][0])]);
  if (place.state === "unreached") {
    lines.push(h2plan.word("unreached"));
    if (place.nearest) lines.push(h2plan.word("nearest", h2plan.say(place.nearest[0]), h2plan.number(place.nearest[1])));
  }
  return h2plan.note(h2plan.say(place.name), lines.concat(error(place)));
}

h2plan.corridorWidth = function (kg) {
  const loads = Object.values(h2plan.data.links);
  return 1.5 + 7.5 * (kg / Math.max.apply(null, loads.concat(1)));
};

h2plan.lineName = function (line) {
  const name = h2plan.data.lines[line.feature.id];
  return name ? h2plan.say(name) : "";
};

function corridors(layer, roads) {
  const links = h2plan.data.links;
  Object.keys(links).forEach((id) => {
    const road = roads[id];
    if (!road) return;
    const style = { color: h2plan.ink.corridor, weight: h2plan.corridorWidth(links[id]), opacity: 0.42, lineCap: "butt" };
    const body = () => h2plan.note(h2plan.lineName(road) || h2plan.word("corridors"), [h2plan.word("link", h2plan.number(links[id]))]);
    tip(L.polyline(road.getLatLngs(), style), body).addTo(layer);
  });
}

const CALM = { color: h2plan.ink.line, weight: 0.9, opacity: 0.45 };

function services(station) {
  station.paths = station.lines.map((line) => {
    const place = h2plan.data.places[line[0]];
    return L.polyline([[station.lat, station.lon], [place.lat, place.lon]], Object.assign({ interactive: false }, CALM));
  });
  return station.paths;
}

function marker(station) {
  const r = h2plan.stationRadius(station.capacity);
  const side = 2 * r + 8;
  const icon = L.divIcon({ className: "station", html: h2plan.stationSvg(station, r), iconSize: [side, side] });
  const drawn = L.marker([station.lat, station.lon], { icon: icon, riseOnHover: true, alt: h2plan.say(station.name) });
  const body = () =>
    h2plan.note(h2plan.say(station.name), [
      h2plan.word(station.built ? "built" : "fresh") + " · " + h2plan.say(station.kind),
      h2plan.number(station.used) + " / " + h2plan.number(station.capacity) + " kg/d · " + h2plan.percent(station.utilisation),
      error(station),
    ]);
  drawn.bindTooltip(body, { opacity: 1, direction: "top", offset: [0, -r] });
  drawn.on("click", () => h2plan.choose(station));
  drawn.on("keypress", (event) => event.originalEvent.key === "Enter" && h2plan.choose(station));
  drawn.on("mouseover", () => h2plan.light(station));
  drawn.on("mouseout", () => h2plan.light(h2plan.chosen));
  return drawn;
}

/* Show whom a station serves, and let the others step back; null gives the calm view again. */
h2plan.light = function (station) {
  const page = h2plan.page;
  const shown = page.map.hasLayer(page.layers.services);
  h2plan.data.stations.forEach((other) => {
    const on = other === station;
    other.paths.forEach((path) => {
      const style = !station ? CALM : on ? { color: h2plan.ink.dark, weight: 1.8, opacity: 0.9 } : { opacity: 0.12 };
      path.setStyle(Object.assign({}, CALM, style));
    });
    const node = page.markers[other.id].getElement();
    if (node) node.classList.toggle("lit", on);
  });
  page.borrowed.clearLayers();
  if (station && !shown) station.paths.forEach((path) => path.addTo(page.borrowed));
  h2plan.restack();
};

/* One canvas draws in the order of adding: put the overlays back in their order after any change. */
h2plan.restack = function () {
  const page = h2plan.page;
  const front = (layer) => page.map.hasLayer(layer) && layer.eachLayer((one) => one.bringToFront());
  const kinds = Array.from(h2plan.kinds.keys()).map((kind) => "demand:" + kind);
  ["error", "corridors", "services"].forEach((name) => front(page.layers[name]));
  if (h2plan.chosen) h2plan.chosen.paths.forEach((path) => path._map && path.bringToFront());
  front(page.borrowed);
  ["candidates", "barred"].concat(kinds, "sources").forEach((name) => front(page.layers[name]));
};
