/* The comparison: two maps of two plans and one of what differs, which move together, and the table beside them. */
"use strict";

const FLAT_ROADS = {
  river: { color: "#c5dcea", weight: 6 },
  access: { color: "#e2dfd9", weight: 0.6 },
  street: { color: "#dedad2", weight: 0.7 },
  trunk: { color: "#d3cab8", weight: 1.3 },
  motorway: { color: "#c3b394", weight: 2 },
};
/* Room for the caption of a map. */
const ROOM = { paddingTopLeft: [24, 62], paddingBottomRight: [24, 30], animate: false };

h2plan.start = function (difference) {
  const data = h2plan.data;
  h2plan.tongue = data.language;
  h2plan.colouring = "status";
  h2plan.crowd = h2plan.data.plans.reduce((most, plan) => plan.years.reduce((m, year) => Math.max(m, year.stations.length), most), 1);
  h2plan.largest = h2plan.data.plans.reduce((most, plan) => plan.years.reduce((m, year) => year.stations.reduce((k, one) => Math.max(k, one.capacity), m), most), 1);
  const maps = [window.map_first, window.map_second, difference];
  const periods = Array.from(new Set(data.plans.reduce((list, plan) => list.concat(plan.years.map((year) => year.period)), []))).sort((a, b) => a - b);
  const page = { maps: maps, pick: [0, 1], periods: periods, period: periods[periods.length - 1], only: true, chosen: "", views: [], drawn: [] };
  h2plan.page = page;
  maps.forEach((map, i) => {
    h2plan.pane(map, "names", 620);
    h2plan.drawRoads(map, FLAT_ROADS);
    page.views[i] = L.layerGroup().addTo(map);
    map.fitBounds(data.bounds, ROOM);
    map.on("move", () => follow(map));
    page.drawn[i] = {};
    caption(map, i);
    page.labels = (page.labels || []).concat(new h2plan.Labels((on) => seatNames(on, i)).addTo(map));
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
  });
  L.control.zoom({ position: "topright" }).addTo(difference);
  L.control.scale({ position: "bottomright", imperial: false, maxWidth: 120 }).addTo(difference);
  credits(difference);
  tellAll();
};

function credits(map) {
  const safe = document.createElement("div"), credit = L.control.attribution({ position: "bottomright", prefix: false }).addTo(map);
  h2plan.data.attribution.forEach((text) => {
    safe.textContent = text;
    credit.addAttribution(safe.innerHTML);
  });
}

/* The other maps go where one of them is moved. */
function follow(moved) {
  const page = h2plan.page;
  if (page.following) return;
  page.following = true;
  page.maps.forEach((map) => map !== moved && map.setView(moved.getCenter(), moved.getZoom(), { animate: false }));
  page.following = false;
}

function caption(map, i) {
  const control = L.control({ position: "topleft" });
  control.onAdd = () => h2plan.el("div", "caption");
  control.addTo(map);
  h2plan.page.captions = (h2plan.page.captions || []).concat(control.getContainer());
}

function seatNames(map, i) {
  const taken = Array.from(map.getContainer().querySelectorAll(".leaflet-control")).map((node) => {
    const box = node.getBoundingClientRect(), origin = map.getContainer().getBoundingClientRect();
    return [box.left - origin.left, box.top - origin.top, box.right - origin.left, box.bottom - origin.top];
  });
  const found = [];
  Object.keys(h2plan.page.drawn[i]).forEach((id) => {
    const one = h2plan.page.drawn[i][id], at = map.latLngToContainerPoint(one.getLatLng()), r = one.r + 1;
    taken.push([at.x - r, at.y - r, at.x + r, at.y + r]);
    if (i < 2 ? map.getZoom() >= 10.5 : one.change !== "same") found.push({ text: h2plan.say(one.name), at: at, gap: r + 2, size: 11, weight: 500, color: "#1f2a30" });
  });
  const seats = h2plan.data.seats.map((seat) => ({ text: h2plan.say(seat[0]), at: map.latLngToContainerPoint([seat[1], seat[2]]), gap: 7, above: true, size: 11.5, weight: 700, color: "#848d92", halo: 3 }));
  return { taken: taken, names: i < 2 ? seats.concat(found) : found.concat(seats) };
}

/* The plans picked, as they stand in the year picked. */
function picked() {
  const page = h2plan.page;
  return page.pick.map((i) => h2plan.yearOf(h2plan.data.plans[i], page.period));
}

function put(i, station, style, change) {
  const r = change === "same" ? 4 : h2plan.stationRadius(station.capacity) * 0.8, side = 2 * r + 8;
  const icon = L.divIcon({ className: "station", html: h2plan.styledSvg(style, r), iconSize: [side, side] });
  const marker = L.marker([station.lat, station.lon], { icon: icon, riseOnHover: true, alt: h2plan.say(station.name) });
  marker.r = r;
  marker.name = station.name;
  marker.change = change;
  marker.bindTooltip(() => note(station.id), { opacity: 1, direction: "top", offset: [0, -r] });
  marker.on("click", () => pickSite(station.id));
  marker.on("keypress", (event) => event.originalEvent.key === "Enter" && pickSite(station.id));
  h2plan.page.drawn[i][station.id] = marker.addTo(h2plan.page.views[i]);
}

function note(id) {
  const row = h2plan.page.rows.find((one) => one.id === id), one = row.is || row.was;
  const size = (station) => (station ? h2plan.number(station.capacity) : "0");
  return h2plan.note(h2plan.say(one.name), [h2plan.word(row.change) + " · " + h2plan.word("move", size(row.was), size(row.is)), h2plan.say(one.kind) + " · " + h2plan.say(one.district)]);
}

function redraw() {
  const page = h2plan.page, years = picked();
  page.rows = h2plan.differ(years[0], years[1]);
  page.views.forEach((view, i) => {
    view.clearLayers();
    page.drawn[i] = {};
  });
  years.forEach((year, i) => year.stations.forEach((one) => put(i, one, h2plan.stationStyle(one), "")));
  page.rows.slice().reverse().forEach((row) => put(2, row.is || row.was, h2plan.changeStyle(row.change), row.change));
  lightSite();
  page.labels.forEach((labels) => labels.redraw());
}

function pickSite(id) {
  const page = h2plan.page;
  page.chosen = page.chosen === id ? "" : id;
  const row = page.rows.find((one) => one.id === id);
  if (row && row.change === "same" && page.only) page.only = false;
  panel();
  lightSite();
  const node = document.querySelector("#panel .station-row.lit");
  if (node) node.scrollIntoView({ block: "nearest" });
}

function lightSite() {
  const page = h2plan.page;
  page.drawn.forEach((drawn) => Object.keys(drawn).forEach((id) => {
    const node = drawn[id].getElement();
    if (node) node.classList.toggle("lit", id === page.chosen);
  }));
}

/* Every text of the page, and what is drawn, in the language of the moment. */
function tellAll() {
  const data = h2plan.data, by = (id) => document.getElementById(id);
  document.documentElement.lang = h2plan.tongue ? "en" : "zh-CN";
  document.title = by("title").textContent = h2plan.say(data.title);
  by("mark").textContent = data.public ? "" : h2plan.word("mark");
  by("approval").textContent = h2plan.word("approval") + (data.approval || h2plan.word("blank"));
  const language = h2plan.button("tool", h2plan.word("language"), () => {
    h2plan.tongue = 1 - h2plan.tongue;
    tellAll();
  });
  language.id = "language";
  const fit = h2plan.button("tool", h2plan.word("fit"), () => h2plan.page.maps[2].fitBounds(data.bounds, ROOM));
  fit.id = "fit";
  h2plan.fill(by("tools"), [language, fit, h2plan.button("tool", h2plan.word("print"), () => window.print())]);
  pickers();
  show();
}

function show() {
  const page = h2plan.page, data = h2plan.data, years = picked();
  redraw();
  page.captions.slice(0, 2).forEach((node, i) => h2plan.fill(node, [
    h2plan.el("b", "", (i ? "B · " : "A · ") + h2plan.say(data.plans[page.pick[i]].title)),
    h2plan.el("small", "", h2plan.word("planOf", data.plans[page.pick[i]].scenario, years[i].period, years[i].stations.length)),
  ]));
  h2plan.fill(page.captions[2], [h2plan.el("b", "", h2plan.word("differences"))].concat(h2plan.changes.map((change) => {
    const icon = h2plan.el("span", "swatch");
    icon.appendChild(h2plan.styledSvg(h2plan.changeStyle(change), change === "same" ? 4 : 6.5));
    const count = page.rows.filter((row) => row.change === change).length;
    return h2plan.fill(h2plan.el("div", "row"), [icon, h2plan.el("span", "", h2plan.word(change) + " " + count)]);
  })));
  const count = (change) => page.rows.filter((row) => row.change === change).length;
  document.getElementById("subtitle").textContent = h2plan.word.apply(null, ["counts"].concat(h2plan.changes.map(count)));
  panel();
}

function pickers() {
  const page = h2plan.page, plans = h2plan.data.plans;
  const choice = (id, label, values, value, act) => {
    const pick = h2plan.el("select");
    pick.id = id;
    values.forEach((entry) => {
      const option = h2plan.el("option", "", entry[1]);
      option.value = entry[0];
      pick.appendChild(option);
    });
    pick.value = value;
    pick.addEventListener("change", () => {
      act(Number(pick.value));
      show();
    });
    return h2plan.fill(h2plan.el("label"), [h2plan.el("span", "", label), pick]);
  };
  const names = plans.map((plan, i) => [i, plan.scenario]);
  h2plan.fill(document.getElementById("pickers"), [
    plans.length > 2 && choice("pick-a", h2plan.word("base"), names, page.pick[0], (i) => (page.pick[0] = i)),
    plans.length > 2 && choice("pick-b", h2plan.word("other"), names, page.pick[1], (i) => (page.pick[1] = i)),
    page.periods.length > 1 && choice("pick-year", h2plan.word("yearPicked"), page.periods.map((period) => [period, period]), page.period, (period) => (page.period = period)),
  ]);
}

function panel() {
  const page = h2plan.page, box = h2plan.el("input"), rows = page.rows.filter((row) => !page.only || row.change !== "same");
  box.type = "checkbox";
  box.id = "only";
  box.checked = page.only;
  box.addEventListener("change", () => {
    page.only = box.checked;
    panel();
  });
  const only = h2plan.fill(h2plan.el("label", "row"), [box, h2plan.el("span", "", h2plan.word("onlyDifferent"))]);
  h2plan.fill(document.getElementById("panel"), [
    h2plan.el("h2", "", h2plan.word("keyFigures")),
    only,
    figureTable(),
    ...askedParts(),
    h2plan.el("h3", "", h2plan.word("stationDiffers")),
    rows.length ? stationTable(rows) : h2plan.el("p", "hint", h2plan.word("alike")),
  ]);
}

function line(tag, cells) {
  return h2plan.fill(h2plan.el("tr"), cells.map((cell) => (typeof cell === "string" ? h2plan.el(tag, "", cell) : cell)));
}

function amount(value, unit, signed) {
  if (value === null) return "–";
  const sign = signed && value > 0 ? "+" : "";
  if (unit === "0-1") return sign + h2plan.number(100 * value, 1) + "%";
  if (unit === "CNY" || unit === "CNY/yr") return sign + (h2plan.tongue ? h2plan.number(value / 1e6, 1) + " M CNY" : h2plan.number(value / 1e4) + " 万元");
  return sign + h2plan.number(value, Math.abs(value) < 100 && unit ? 1 : 0);
}

function figureTable() {
  const years = picked(), body = h2plan.el("tbody");
  h2plan.data.figures.forEach((figure, i) => {
    const a = years[0].figures[i], b = years[1].figures[i];
    if (h2plan.page.only && a === b) return;
    const unit = figure[1] && figure[1] !== "0-1" && figure[1].indexOf("CNY") ? " (" + figure[1] + ")" : figure[1] === "CNY/kg" ? " (CNY/kg)" : "";
    const step = a === null || b === null ? null : b - a, shown = step ? "up" : "";
    body.appendChild(line("td", [h2plan.say(figure[0]) + unit, amount(a, figure[1]), amount(b, figure[1]), h2plan.el("td", shown, amount(step, figure[1], true))]));
  });
  return h2plan.fill(h2plan.el("table", "figures"), [h2plan.fill(h2plan.el("thead"), [line("th", [h2plan.word("figure"), "A", "B", h2plan.word("change")])]), body]);
}

/* Limits, options and input files that the two plans do not share. */
function askedParts() {
  const a = h2plan.data.plans[h2plan.page.pick[0]], b = h2plan.data.plans[h2plan.page.pick[1]];
  const differing = (one, two) => Array.from(new Set(Object.keys(one).concat(Object.keys(two)))).sort().filter((key) => JSON.stringify(one[key]) !== JSON.stringify(two[key]));
  const asked = differing(a.asked, b.asked), files = differing(a.inputs, b.inputs), parts = [];
  const told = (cell) => (cell ? h2plan.say(cell[1]) : h2plan.word("missing"));
  if (asked.length) {
    const body = h2plan.el("tbody");
    asked.forEach((key) => body.appendChild(line("td", [h2plan.say((a.asked[key] || b.asked[key])[0]), told(a.asked[key]), told(b.asked[key])])));
    parts.push(h2plan.el("h3", "", h2plan.word("askedDiffers")), h2plan.fill(h2plan.el("table", "figures asked"), [h2plan.fill(h2plan.el("thead"), [line("th", [h2plan.word("asked"), "A", "B"])]), body]));
  }
  if (files.length) {
    parts.push(h2plan.el("h3", "", h2plan.word("inputsDiffer")), h2plan.fill(h2plan.el("ul", "files"), files.map((path) => h2plan.el("li", "", path))));
  }
  return parts;
}

function stationTable(rows) {
  const body = h2plan.el("tbody");
  rows.forEach((row) => {
    const one = row.is || row.was, item = h2plan.el("tr", "station-row" + (row.id === h2plan.page.chosen ? " lit" : ""));
    item.dataset.id = row.id;
    const icon = h2plan.el("td", "icon"), who = h2plan.el("td", "who");
    icon.appendChild(h2plan.styledSvg(h2plan.changeStyle(row.change), 5));
    who.appendChild(h2plan.button("name", h2plan.say(one.name), (event) => {
      event.stopPropagation();
      go(row, one);
    }));
    who.appendChild(h2plan.el("small", "", h2plan.word(row.change) + " · " + h2plan.say(one.district)));
    item.addEventListener("click", () => go(row, one));
    const size = (station) => (station ? h2plan.number(station.capacity) : "–");
    h2plan.fill(item, [icon, who, h2plan.el("td", "number", size(row.was)), h2plan.el("td", "number", size(row.is)), h2plan.el("td", "number", row.step ? (row.step > 0 ? "+" : "") + h2plan.number(row.step) : "0")]);
    body.appendChild(item);
  });
  return h2plan.fill(h2plan.el("table", "differs"), [h2plan.fill(h2plan.el("thead"), [line("th", ["", h2plan.word("colName"), "A kg/d", "B kg/d", h2plan.word("change")])]), body]);
}

function go(row, one) {
  pickSite(row.id);
  h2plan.page.maps[2].panInside([one.lat, one.lon], { padding: [80, 60], animate: false });
}
