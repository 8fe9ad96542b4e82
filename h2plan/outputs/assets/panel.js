/* The side panel: the list of stations, or the sheet of one. */
"use strict";

h2plan.choose = function (station) {
  h2plan.chosen = station;
  document.body.classList.remove("shut");
  h2plan.panel();
  h2plan.light(station);
  document.getElementById("panel").scrollTop = 0;
};

h2plan.panel = function () {
  const station = h2plan.chosen;
  h2plan.fill(document.getElementById("panel"), station ? sheet(station) : list());
};

function list() {
  const data = h2plan.data;
  const rows = h2plan.el("ol", "stations");
  data.stations.forEach((station) => {
    const item = h2plan.button("station-row", "", () => {
      h2plan.choose(station);
      h2plan.page.map.panInside([station.lat, station.lon], { paddingTopLeft: [270, 60], paddingBottomRight: [60, 60] });
    });
    const text = h2plan.fill(h2plan.el("span", "who"), [
      h2plan.el("b", "", h2plan.say(station.name)),
      h2plan.el("small", "", h2plan.say(station.kind) + (h2plan.say(station.district) ? " · " + h2plan.say(station.district) : "")),
    ]);
    const load = h2plan.fill(h2plan.el("span", "load"), [h2plan.el("b", "", h2plan.number(station.used)), gauge(station)]);
    const icon = h2plan.el("span", "icon");
    icon.appendChild(h2plan.stationSvg(station, 5));
    h2plan.fill(item, [icon, text, load]);
    item.addEventListener("mouseenter", () => h2plan.light(station));
    item.addEventListener("mouseleave", () => h2plan.light(h2plan.chosen));
    rows.appendChild(h2plan.fill(h2plan.el("li"), [item]));
  });
  const flows = data.flows;
  return [
    h2plan.el("h2", "", h2plan.word("list") + " (" + data.stations.length + ")"),
    h2plan.el("p", "hint", h2plan.word("listHint")),
    flows.count ? h2plan.el("p", "hint", h2plan.word("corridorSum", flows.count, h2plan.number(flows.kg), h2plan.percent(flows.kg ? flows.served / flows.kg : 0, 1))) : null,
    rows,
    data.unplaced.length ? block(h2plan.word("unplaced"), data.unplaced.map(h2plan.say).join(h2plan.tongue ? "; " : ";")) : null,
  ];
}

function gauge(station) {
  const bar = h2plan.el("span", "gauge");
  const level = h2plan.el("i", station.built ? "built" : "fresh");
  level.style.width = 100 * Math.min(1, station.utilisation) + "%";
  bar.title = h2plan.word("utilisation") + " " + h2plan.percent(station.utilisation);
  bar.appendChild(level);
  return bar;
}

function block(title, text) {
  return h2plan.fill(h2plan.el("section", "block"), [h2plan.el("h3", "", title), h2plan.el("p", "", text)]);
}

function sheet(station) {
  const badges = h2plan.el("p", "badges");
  badges.appendChild(h2plan.el("span", "badge " + (station.built ? "built" : "fresh"), h2plan.word(station.built ? "built" : "fresh")));
  if (station.required) badges.appendChild(h2plan.el("span", "badge", h2plan.word("mustBuild")));
  badges.appendChild(h2plan.el("span", "badge", h2plan.say(station.kind)));
  if (h2plan.say(station.district)) badges.appendChild(h2plan.el("span", "badge", h2plan.say(station.district)));

  const load = h2plan.fill(h2plan.el("div", "loads"), [
    figure(h2plan.number(station.used), "kg/d", h2plan.word("used")),
    figure(h2plan.number(station.capacity), "kg/d", h2plan.word("full")),
    figure(h2plan.percent(station.utilisation), "", h2plan.word("utilisation")),
  ]);
  const facts = h2plan.el("dl", "facts");
  station.facts.forEach((fact) => {
    facts.appendChild(h2plan.el("dt", "", h2plan.say(fact[0])));
    facts.appendChild(h2plan.el("dd", "", h2plan.say(fact[1])));
  });
  return [
    h2plan.button("back", h2plan.word("back"), () => h2plan.choose(null)),
    h2plan.el("h2", "", h2plan.say(station.name)),
    badges,
    load,
    gauge(station),
    station.off ? h2plan.el("p", "warning", h2plan.word("imprecise", h2plan.metres(station.off))) : null,
    station.why.join("") ? block(h2plan.word("why"), h2plan.say(station.why)) : null,
    facts,
    served(station),
    station.assumptions ? block(h2plan.word("assumptions"), station.assumptions) : null,
    station.source ? block(h2plan.word("source"), station.source) : null,
  ];
}

function figure(value, unit, label) {
  const number = h2plan.el("b", "", value);
  if (unit) number.appendChild(h2plan.el("i", "", " " + unit));
  return h2plan.fill(h2plan.el("div"), [number, h2plan.el("small", "", label)]);
}

function served(station) {
  const part = h2plan.el("section", "block");
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
