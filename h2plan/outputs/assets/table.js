/* The table of stations beside the map: sorted by its headings, filtered, and linked with the map both ways. */
"use strict";

const ROWS_MAX = 300;
const COLUMNS = [
  ["colName", (one) => h2plan.say(one.name), 1],
  ["colOpens", (one) => one.opens, 1],
  ["colCapacity", (one) => one.capacity, -1],
  ["colUsed", (one) => one.used, -1],
  ["colUse", (one) => one.utilisation, -1],
];
h2plan.table = { sort: 3, way: -1, text: "", status: "", inView: false };

/* Whether the table's filter leaves a station out; the map lets it step back then. */
h2plan.isFiltered = function (station) {
  const asked = h2plan.table;
  if (asked.status && station.status !== asked.status) return true;
  if (asked.inView && !h2plan.page.map.getBounds().contains([station.lat, station.lon])) return true;
  if (!asked.text) return false;
  const told = [station.id].concat(station.name, station.kind, station.district, station.size).join(" ").toLowerCase();
  return asked.text.toLowerCase().split(/\s+/).some((part) => told.indexOf(part) < 0);
};

h2plan.listed = function () {
  const value = COLUMNS[h2plan.table.sort][1], way = h2plan.table.way;
  return h2plan.stations().filter((one) => !h2plan.isFiltered(one)).sort((a, b) => {
    const x = value(a), y = value(b);
    return way * (typeof x === "string" ? x.localeCompare(y, h2plan.tongue ? "en" : "zh") : x - y) || (a.id < b.id ? -1 : 1);
  });
};

h2plan.tableView = function () {
  const data = h2plan.data, flows = h2plan.now().flows;
  const body = h2plan.el("tbody"), table = h2plan.fill(h2plan.el("table", "stations"), [heading(), body]);
  const count = h2plan.el("p", "hint");
  count.id = "count";
  h2plan.table.refill = () => {
    const found = h2plan.listed(), most = h2plan.printing ? found.length : ROWS_MAX, shown = found.slice(0, most);
    h2plan.fill(body, shown.map(stationRow));
    count.textContent = h2plan.word("found", found.length, h2plan.stations().length) + (found.length > most ? " · " + h2plan.word("tooMany", most) : "");
  };
  h2plan.table.refill();
  return [
    h2plan.el("h2", "", h2plan.word("list") + (data.years.length > 1 ? " · " + h2plan.now().period : "")),
    h2plan.el("p", "hint", h2plan.word("listHint")),
    filters(),
    count,
    table,
    flows.count ? h2plan.el("p", "hint", h2plan.word("corridorSum", flows.count, h2plan.number(flows.kg), h2plan.percent(flows.kg ? flows.served / flows.kg : 0, 1))) : null,
    h2plan.now().undrawn ? h2plan.el("p", "hint", h2plan.word("undrawn", h2plan.now().undrawn)) : null,
    data.unplaced.length ? h2plan.block(h2plan.word("unplaced"), data.unplaced.map(h2plan.say).join("; ")) : null,
  ];
};

function heading() {
  const line = h2plan.el("tr");
  line.appendChild(h2plan.el("th"));
  COLUMNS.forEach((column, i) => {
    const cell = h2plan.el("th"), on = h2plan.table.sort === i;
    cell.setAttribute("aria-sort", on ? (h2plan.table.way > 0 ? "ascending" : "descending") : "none");
    cell.scope = "col";
    const button = h2plan.button("", h2plan.word(column[0]), () => {
      h2plan.table.way = on ? -h2plan.table.way : column[2];
      h2plan.table.sort = i;
      h2plan.panel();
      document.querySelectorAll("#panel th button")[i].focus();
    });
    button.dataset.column = column[0];
    cell.appendChild(button);
    line.appendChild(cell);
  });
  return h2plan.fill(h2plan.el("thead"), [line]);
}

function filters() {
  const text = h2plan.el("input"), status = h2plan.el("select"), view = h2plan.el("input");
  text.id = "filter";
  text.type = "search";
  text.placeholder = h2plan.word("filter");
  text.setAttribute("aria-label", h2plan.word("filter"));
  text.value = h2plan.table.text;
  text.addEventListener("input", () => refilter({ text: text.value.trim() }));
  status.id = "status";
  status.setAttribute("aria-label", h2plan.word("byStatus"));
  const names = Object.keys(h2plan.data.statuses).filter((name) => h2plan.stations().some((one) => one.status === name));
  if (names.indexOf(h2plan.table.status) < 0) h2plan.table.status = "";
  [""].concat(names).forEach((name) => {
    const option = h2plan.el("option", "", name ? h2plan.say(h2plan.data.statuses[name]) : h2plan.word("allStatuses"));
    option.value = name;
    status.appendChild(option);
  });
  status.value = h2plan.table.status;
  status.addEventListener("change", () => refilter({ status: status.value }));
  view.type = "checkbox";
  view.id = "in-view";
  view.checked = h2plan.table.inView;
  view.addEventListener("change", () => refilter({ inView: view.checked }));
  const box = h2plan.fill(h2plan.el("label"), [view, h2plan.el("span", "", h2plan.word("inView"))]);
  return h2plan.fill(h2plan.el("div", "filters"), [text, status, box]);
}

function refilter(asked) {
  Object.assign(h2plan.table, asked);
  h2plan.table.refill();
  h2plan.dim();
}

/* Let the stations that the filter leaves out step back on the map. */
h2plan.dim = function () {
  const page = h2plan.page;
  if (page.stationPoints) h2plan.drawStations();
  h2plan.stations().forEach((station) => {
    const node = page.markers[station.id] && page.markers[station.id].getElement();
    if (node) node.classList.toggle("dim", h2plan.isFiltered(station));
  });
};

function stationRow(station) {
  const row = h2plan.el("tr", "station-row"), icon = h2plan.el("td", "icon"), who = h2plan.el("td", "who");
  row.dataset.id = station.id;
  icon.appendChild(h2plan.stationSvg(station, 5));
  const open = () => {
    h2plan.choose(station);
    h2plan.goTo(station);
  };
  who.appendChild(h2plan.button("name", h2plan.say(station.name), (event) => {
    event.stopPropagation();
    open();
  }));
  who.appendChild(h2plan.el("small", "", [h2plan.say(station.district), h2plan.say(station.kind), h2plan.say(station.size)].filter(Boolean).join(" · ")));
  row.addEventListener("click", open);
  row.addEventListener("mouseenter", () => h2plan.light(station));
  row.addEventListener("mouseleave", () => h2plan.light(h2plan.chosen));
  const use = h2plan.el("td", "number");
  use.appendChild(h2plan.el("span", "", h2plan.percent(station.utilisation)));
  use.appendChild(h2plan.gauge(station));
  return h2plan.fill(row, [icon, who, h2plan.el("td", "number", String(station.opens)), h2plan.el("td", "number", h2plan.number(station.capacity)), h2plan.el("td", "number", h2plan.number(station.used)), use]);
}

/* The row of what is lit on the map is lit too. */
h2plan.lightRow = function (one) {
  document.querySelectorAll("#panel .station-row").forEach((row) => row.classList.toggle("lit", Boolean(one) && row.dataset.id === one.id));
};
