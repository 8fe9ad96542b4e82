/* The map: places by area and flows by width, in the year and classes chosen. */
"use strict";

const ROADS = {
  river: { color: "#c5dcea", weight: 6 },
  access: { color: "#e2dfd9", weight: 0.6 },
  street: { color: "#dedad2", weight: 0.7 },
  trunk: { color: "#d3cab8", weight: 1.2 },
  motorway: { color: "#c6b79d", weight: 1.8 },
};

/* Hair-thin lines by the hundred hide the large ones. */
const FLOWS_DRAWN = 150;

h2plan.buildMap = function (map) {
  h2plan.drawRoads(map, ROADS);
  const page = { map: map, places: L.layerGroup().addTo(map), flows: L.layerGroup(), hidden: new Set() };
  map.createPane("names").style.zIndex = 620;
  map.getPane("names").style.pointerEvents = "none";
  h2plan.page = page;
  const safe = document.createElement("div");
  const credit = L.control.attribution({ position: "bottomright", prefix: false }).addTo(map);
  h2plan.data.attribution.forEach((text) => {
    safe.textContent = text;
    credit.addAttribution(safe.innerHTML);
  });
  L.control.zoom({ position: "topright" }).addTo(map);
  L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 140 }).addTo(map);
  L.DomEvent.disableClickPropagation(document.getElementById("legend"));
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
  page.labels = new h2plan.Labels(seatNames).addTo(map);
  h2plan.fitMap();
};

/* The places that hold nearly all hydrogen: far ends of flows would shrink the city to a spot. */
h2plan.fitMap = function () {
  const spots = h2plan.data.places.map((place) => [place.lat, place.lon]);
  const seats = h2plan.data.seats.map((seat) => [seat[1], seat[2]]);
  const all = spots.concat(seats);
  if (all.length) h2plan.page.map.fitBounds(all, { padding: [18, 18], animate: false });
};

function seatNames(map) {
  const legend = document.getElementById("legend");
  const taken = [[0, 0, legend.offsetLeft + legend.offsetWidth, legend.offsetTop + legend.offsetHeight]];
  return { taken: taken, names: h2plan.data.seats.map((seat) => ({
    text: h2plan.say(seat[0]), at: map.latLngToContainerPoint([seat[1], seat[2]]), gap: 8, above: true, size: 12, weight: 700, color: "#5c666c", halo: 3 })) };
}

/* One scale for all years, so that growth shows when the slider moves. */
h2plan.scale = function () {
  const most = (items) => Math.max.apply(null, h2plan.data.periods.reduce((list, _, t) => list.concat(items.map((item) => item.kg.reduce((sum, one) => sum + (one[1] === t ? one[2] : 0), 0))), [1]));
  if (!h2plan.largest) h2plan.largest = { place: most(h2plan.data.places), flow: most(h2plan.data.flows) };
  return h2plan.largest;
};

h2plan.radius = (kg) => Math.max(2, 26 * Math.sqrt(kg / h2plan.scale().place));

h2plan.drawMap = function () {
  const page = h2plan.page, year = h2plan.chosen.year, data = h2plan.data;
  page.places.clearLayers();
  page.flows.clearLayers();
  const flows = data.flows.map((flow) => [flow, h2plan.kgOf(flow, year)]).filter((item) => item[1] > 0).sort((a, b) => b[1] - a[1]);
  const drawn = flows.slice(0, FLOWS_DRAWN).reverse();
  drawn.forEach((item) => {
    const flow = item[0], style = { color: flow.through ? "#7b6fae" : "#cc79a7", weight: 0.5 + 8 * (item[1] / h2plan.scale().flow), opacity: 0.55, dashArray: flow.through ? "6 5" : null };
    L.polyline(flow.ends, style).bindTooltip(() => note(flow, item[1]), { sticky: true, opacity: 1 }).addTo(page.flows);
  });
  if (h2plan.chosen.flows) page.flows.addTo(page.map);
  else page.flows.remove();
  const places = data.places.map((place) => [place, h2plan.kgOf(place, year)]).filter((item) => item[1] > 0 && !page.hidden.has(item[0].kind)).sort((a, b) => b[1] - a[1]);
  places.forEach((item) => {
    const place = item[0], ink = h2plan.demandInk(place.kind);
    const look = { shape: "circle", r: h2plan.radius(item[1]), fill: ink, fillOpacity: 0.62, stroke: place.off ? "#33414a" : "#ffffff", width: 1, dash: place.off ? [2, 2] : [] };
    h2plan.symbol(place, look).bindTooltip(() => note(place, item[1]), { sticky: true, opacity: 1, direction: "top" }).addTo(page.places);
  });
  const sum = (items) => items.reduce((total, item) => total + item[1], 0);
  page.shown = { places: places.length, flows: flows.length, drawn: drawn.length, kg: sum(places), flowKg: sum(flows), drawnKg: sum(drawn) };
  legend();
};

function note(item, kg) {
  const rows = item.kg.filter((one) => one[1] === h2plan.chosen.year && h2plan.on(one[0])).sort((a, b) => b[2] - a[2]).slice(0, 8);
  const use = item.kind ? h2plan.say(h2plan.kinds.get(item.kind)) + " · " : "";
  const lines = [use + h2plan.short(kg) + " kg/d"].concat(rows.map((one) => h2plan.className(one[0]) + "  " + h2plan.short(one[2])));
  if (item.off) lines.push(h2plan.word("precision") + " " + h2plan.metres(item.off));
  return h2plan.note(h2plan.say(item.name), lines);
}

function box(label, swatch, on, act, name) {
  const row = h2plan.el("label", "row");
  const tick = h2plan.el("input");
  tick.type = "checkbox";
  tick.checked = on;
  tick.dataset.layer = name;
  tick.addEventListener("change", act);
  return h2plan.fill(row, [tick, swatch, h2plan.el("span", "", label)]);
}

function legend() {
  const page = h2plan.page;
  const rows = h2plan.data.uses.filter((use) => h2plan.data.places.some((place) => place.kind === use[0])).map((use) => {
    const look = { shape: "circle", r: 6, fill: h2plan.demandInk(use[0]), fillOpacity: 0.7, stroke: "#fff", width: 1 };
    return box(h2plan.say(use[1]), h2plan.swatch(look), !page.hidden.has(use[0]), () => {
      if (!page.hidden.delete(use[0])) page.hidden.add(use[0]);
      h2plan.drawMap();
    }, use[0]);
  });
  if (h2plan.data.flows.length) rows.push(box(h2plan.word("flowsLayer"), h2plan.el("i", "line"), h2plan.chosen.flows, () => {
    h2plan.chosen.flows = !h2plan.chosen.flows;
    h2plan.drawMap();
  }, "flows"));
  const sizes = h2plan.el("div", "row sizes");
  const mark = h2plan.ticks(h2plan.scale().place, 2)[1];
  [mark, mark / 10].forEach((kg) => {
    const r = h2plan.radius(kg);
    sizes.appendChild(h2plan.swatch({ shape: "circle", r: r, fill: "", stroke: "#66737b", width: 1 }, 2 * r + 4, 2 * r + 4));
    sizes.appendChild(h2plan.el("span", "", h2plan.short(kg) + " kg/d"));
  });
  rows.push(sizes, h2plan.el("p", "hint", h2plan.word("precise")));
  h2plan.fill(document.getElementById("legend"), [h2plan.el("h3", "", h2plan.word("mapTitle"))].concat(rows));
}
