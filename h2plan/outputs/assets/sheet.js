/* The side panel: the table of stations, or the sheet of one station, candidate or demand place. */
"use strict";

h2plan.choose = function (one) {
  h2plan.chosen = one;
  document.body.classList.remove("shut");
  h2plan.panel();
  h2plan.light(one);
  if (h2plan.page.isOn("reach")) h2plan.page.layers.reach.redraw();
  document.getElementById("panel").scrollTop = 0;
};

h2plan.panel = function () {
  const one = h2plan.chosen;
  const view = !one ? h2plan.tableView() : one.is === "place" ? placeSheet(h2plan.place(one.row)) : one.is === "candidate" ? candidateSheet(h2plan.candidate(one.row)) : stationSheet(one);
  h2plan.fill(document.getElementById("panel"), view);
};

h2plan.gauge = function (station) {
  const bar = h2plan.el("span", "gauge");
  const level = h2plan.el("i", station.built ? "built" : "fresh");
  level.style.width = 100 * Math.min(1, station.utilisation) + "%";
  bar.title = h2plan.word("utilisation") + " " + h2plan.percent(station.utilisation);
  bar.appendChild(level);
  return bar;
};

h2plan.block = function (title, text) {
  return h2plan.fill(h2plan.el("section", "block"), [h2plan.el("h3", "", title), h2plan.el("p", "", text)]);
};

function sheetHead(title, tags) {
  const badges = h2plan.el("p", "badges");
  tags.filter((tag) => tag[0]).forEach((tag) => badges.appendChild(h2plan.el("span", "badge " + (tag[1] || ""), tag[0])));
  return [h2plan.button("back", h2plan.word("back"), () => h2plan.choose(null)), h2plan.el("h2", "", title), badges];
}

function factList(pairs) {
  const facts = h2plan.el("dl", "facts");
  pairs.filter((pair) => pair[1]).forEach((pair) => {
    facts.appendChild(h2plan.el("dt", "", pair[0]));
    facts.appendChild(h2plan.el("dd", "", pair[1]));
  });
  return facts;
}

function whereRow(place) {
  return ["WGS-84", place.lon.toFixed(5) + "°E " + place.lat.toFixed(5) + "°N"];
}

function warning(place) {
  return place.off ? h2plan.el("p", "warning", h2plan.word("imprecise", h2plan.metres(place.off))) : null;
}

function stationSheet(station) {
  const load = h2plan.fill(h2plan.el("div", "loads"), [
    figure(h2plan.number(station.used), "kg/d", h2plan.word("used")),
    figure(h2plan.number(station.capacity), "kg/d", h2plan.word("full")),
    figure(h2plan.percent(station.utilisation), "", h2plan.word("utilisation")),
  ]);
  const tags = [
    [h2plan.say(h2plan.data.statuses[station.status]), station.built ? "built" : "fresh"],
    [station.required && h2plan.word("mustBuild")],
    [h2plan.say(station.kind)],
    [h2plan.say(station.district)],
  ];
  const supplied = h2plan.now().deliveries.filter((one) => one.ids[1] === station.id);
  return sheetHead(h2plan.say(station.name), tags).concat([
    load,
    h2plan.gauge(station),
    warning(station),
    station.why.join("") ? h2plan.block(h2plan.word("why"), h2plan.say(station.why)) : null,
    factList(station.facts.map((fact) => fact.map(h2plan.say)).concat([whereRow(station), ["id", station.id]])),
    supplied.length ? h2plan.block(h2plan.word("suppliedBy"), supplied.map((one) => h2plan.say(one.names[0]) + ": " + deliveryWords(one)).join("; ")) : null,
    served(station),
    station.assumptions ? h2plan.block(h2plan.word("assumptions"), station.assumptions) : null,
    station.source ? h2plan.block(h2plan.word("source"), station.source) : null,
  ]);
}

function deliveryWords(one) {
  return h2plan.word("delivery", h2plan.say(h2plan.data.modes[one.mode]), h2plan.number(one.kg), h2plan.number(one.km, 1));
}

function candidateSheet(site) {
  const later = site.from ? h2plan.word("fromYear", site.from) : "";
  return sheetHead(site.name, [[h2plan.word("candidateSheet")], [site.kind], [later, "fresh"]]).concat([
    warning(site),
    factList([[h2plan.word("verdict"), site.verdict], whereRow(site), ["id", site.id]]),
    site.why ? h2plan.block(h2plan.word("clause"), site.why) : null,
  ]);
}

function placeSheet(place) {
  const kind = h2plan.say(h2plan.data.kinds[place.kind][1]);
  const rows = (list) => h2plan.fill(h2plan.el("ul", "serves"), list.map((one) => h2plan.fill(h2plan.el("li"), [h2plan.el("span", "who", one[0]), h2plan.el("b", "", one[1])])));
  const by = h2plan.servers(place.row).slice().sort((a, b) => b[1] - a[1]).slice(0, 12);
  const part = (title, list) => list.length ? h2plan.fill(h2plan.el("section", "block"), [h2plan.el("h3", "", title), rows(list)]) : null;
  return sheetHead(place.name, [[h2plan.word("placeSheet")], [kind], [place.state === "unreached" && h2plan.word("unreached")]]).concat([
    h2plan.fill(h2plan.el("div", "loads"), [figure(h2plan.number(place.kg), "kg/d", h2plan.say(["日加氢需求", "demand"])), figure(h2plan.percent(place.kg ? place.served / place.kg : 0), "", h2plan.say(["已满足", "served"]))]),
    warning(place),
    factList([whereRow(place)]),
    place.nearest ? h2plan.el("p", "warning", h2plan.word("nearest", h2plan.text(place.nearest[0]), h2plan.number(place.nearest[1]))) : null,
    part(h2plan.word("byClass"), place.classes.map((one) => [h2plan.text(one[0]), h2plan.word("servedOf", h2plan.number(one[2], 1), h2plan.number(one[1], 1))])),
    part(h2plan.word("servedBy"), by.map((pair) => [h2plan.say(pair[0].name), h2plan.word("unit", h2plan.number(pair[1], 1))])),
  ]);
}

function figure(value, unit, label) {
  const number = h2plan.el("b", "", value);
  if (unit) number.appendChild(h2plan.el("i", "", " " + unit));
  return h2plan.fill(h2plan.el("div"), [number, h2plan.el("small", "", label)]);
}

function served(station) {
  const part = h2plan.el("section", "block");
  if (!station.to.length && !station.serves.length && h2plan.data.public) return null;
  part.appendChild(h2plan.el("h3", "", h2plan.word("serves")));
  if (!station.serves.length) part.appendChild(h2plan.el("p", "", h2plan.word("nobody")));
  const rows = h2plan.el("ul", "serves");
  station.serves.forEach((one) => {
    const who = h2plan.fill(h2plan.el("span", "who"), [
      h2plan.el("span", "", h2plan.say(one[0])),
      h2plan.el("small", "", h2plan.say(one[1]) + " · " + h2plan.word(one[4] ? "detour" : "min", h2plan.number(one[3], 1))),
    ]);
    rows.appendChild(h2plan.fill(h2plan.el("li"), [who, h2plan.el("b", "", h2plan.number(one[2]) + " kg/d")]));
  });
  part.appendChild(rows);
  if (station.more) part.appendChild(h2plan.el("p", "hint", h2plan.word("more", station.more)));
  if (station.flows[0]) part.appendChild(h2plan.el("p", "hint", h2plan.word("flows", station.flows[0], h2plan.number(station.flows[1]))));
  return part;
}
