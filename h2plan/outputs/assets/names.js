/* Which names the map carries at each zoom, and the room that symbols take. */
"use strict";

const NAMED_MAX = 400;

/* Names for the label canvas, the most important first, and the room that symbols take. */
h2plan.names = function (map) {
  const page = h2plan.page, data = h2plan.data, ink = h2plan.ink, zoom = map.getZoom();
  const pixel = (lat, lon) => map.latLngToContainerPoint([lat, lon]);
  const taken = covered(map), found = [];
  if (page.isOn("stations")) {
    h2plan.stations().slice(0, NAMED_MAX).forEach((station) => {
      const at = pixel(station.lat, station.lon), r = h2plan.stationRadius(station.capacity) + 1;
      taken.push([at.x - r, at.y - r, at.x + r, at.y + r]);
      const told = h2plan.colouring === "use" ? " " + h2plan.percent(station.utilisation) : "";
      if (zoom >= 9.5) found.push({ text: h2plan.say(station.name) + told, at: at, gap: r + 3, size: zoom < 11 ? 11 : 12, weight: 500, color: ink.dark });
    });
  }
  const seats = data.seats.map((seat) => ({ text: h2plan.say(seat[0]), at: pixel(seat[1], seat[2]), gap: 9, above: true, size: zoom < 11 ? 12 : 14, weight: 700, color: "#6a7378", halo: 4 }));
  return { taken: taken, names: seats.concat(zoom < 12 ? riverNames(map).concat(found) : found.concat(riverNames(map)), roadNames(map), placeNames(map)) };
};

function placeNames(map) {
  if (map.getZoom() < 12.5) return [];
  const columns = h2plan.data.places, bounds = map.getBounds(), shown = [];
  const rows = h2plan.page.layers.demand.table.rows;
  for (let k = 0; k < rows.length && shown.length < NAMED_MAX; k += 1) {
    const i = rows[k];
    if (columns.kg[h2plan.year][i] && !h2plan.page.hidden.has(columns.kind[i]) && bounds.contains([columns.lat[i], columns.lon[i]])) shown.push(i);
  }
  const said = new Set(h2plan.data.seats.map((seat) => seat[0]).concat(h2plan.stations().map((station) => station.name)).map(h2plan.say));
  return shown.filter((i) => !said.has(h2plan.text(columns.name[i]))).map((i) => {
    const at = map.latLngToContainerPoint([columns.lat[i], columns.lon[i]]);
    return { text: h2plan.text(columns.name[i]), at: at, gap: 10, size: 10.5, weight: 400, color: "#4d6b60" };
  });
}

/* The parts of the map that legend, buttons and lines of text lie on. */
function covered(map) {
  const origin = map.getContainer().getBoundingClientRect();
  return Array.from(document.querySelectorAll("#legend, #mark, #find, #years, .leaflet-control")).map((node) => {
    const box = node.getBoundingClientRect();
    return [box.left - origin.left, box.top - origin.top, box.right - origin.left, box.bottom - origin.top];
  });
}

function riverNames(map) {
  const page = h2plan.page;
  if (!page.backdrop.river || !page.isOn("river")) return [];
  const found = [];
  page.backdrop.river.eachLayer((line) => {
    const text = h2plan.text(line.name) + h2plan.word("sketchy");
    const along = h2plan.stretches(map, [line], 50);
    found.push({ text: text, along: along, size: 12, weight: 500, italic: true, color: h2plan.ink.river, haloColor: "rgba(235,243,248,.9)" });
  });
  return found;
}

const FROM_ZOOM = { motorway: 10, trunk: 11.5, street: 13 };

function roadNames(map) {
  const found = [];
  Object.keys(FROM_ZOOM).forEach((group) => {
    const page = h2plan.page, layer = page.backdrop[group];
    if (!layer || !page.isOn(group) || map.getZoom() < FROM_ZOOM[group]) return;
    const byName = new Map();
    layer.eachLayer((line) => {
      const name = h2plan.text(line.name).split("/")[0];
      if (name && !/^unnamed/.test(name)) byName.set(name, (byName.get(name) || []).concat(line));
    });
    byName.forEach((lines, name) => {
      const along = h2plan.stretches(map, lines, 11 * name.length);
      found.push({ text: name, along: along, size: 10.5, weight: 500, color: "#8a7750" });
    });
  });
  return found;
}
