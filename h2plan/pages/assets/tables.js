/* Tables: the cross of classes, sources and districts, what it rests on, and what changed. */
"use strict";

/* columns: [heading, kind of cell]; rows: arrays of text or nodes. */
h2plan.table = function (id, columns, rows, last) {
  const table = h2plan.el("table");
  table.id = id;
  const line = (cells, tag, kind) => h2plan.fill(h2plan.el("tr", kind || ""), cells.map((cell, i) => h2plan.el(tag, columns[i][1] || "", cell)));
  const head = h2plan.fill(h2plan.el("thead"), [line(columns.map((column) => column[0]), "th")]);
  const body = h2plan.fill(h2plan.el("tbody"), rows.map((row) => line(row, "td")).concat(last ? [line(last, "td", "sum")] : []));
  return h2plan.fill(h2plan.el("div", "scroll"), [h2plan.fill(table, [head, body])]);
};

const SHOWN_ROWS = 400;

h2plan.crossTable = function () {
  const data = h2plan.data, chosen = h2plan.chosen, w = h2plan.word, one = (value) => h2plan.number(value, 1);
  const kept = data.cube.filter((row) => h2plan.here(row) && (chosen.use < 0 || row[1] === chosen.use) && (chosen.district < 0 || row[3] === chosen.district));
  kept.sort((a, b) => b[7] - a[7]);
  const sums = [5, 6, 7, 8, 9].map((m) => kept.reduce((sum, row) => sum + row[m], 0));
  const rows = kept.slice(0, SHOWN_ROWS).map((row) => [h2plan.className(row[0]), h2plan.say(data.uses[row[1]][1]), h2plan.say(data.roles[row[2]][1]), h2plan.say(data.districts[row[3]][1])]
    .concat([5, 6, 7, 8].map((m) => one(row[m])), h2plan.number(row[9], 2), sums[2] ? (100 * row[7] / sums[2]).toFixed(1) + "%" : ""));
  const columns = [[w("colClass")], [w("colUse")], [w("colRole")], [w("colDistrict")]].concat(["colVehicles", "colLow", "colBase", "colHigh", "colPeak", "colShare"].map((name) => [w(name), "num"]));
  const last = [w("sum"), "", "", ""].concat(sums.slice(0, 4).map(one), h2plan.number(sums[4], 2), "100%");
  const filters = h2plan.fill(h2plan.el("div", "filters"), [
    choice("use", w("colUse"), data.uses),
    choice("district", w("colDistrict"), data.districts),
    kept.length > SHOWN_ROWS ? h2plan.el("span", "hint", w("more", kept.length - SHOWN_ROWS)) : null,
  ]);
  const hint = w("tableHint", data.periods[chosen.year]) + " · " + w("peaksDiffer");
  return h2plan.card("table-cross", w("tableTitle"), hint, [filters, h2plan.table("cross", columns, rows, last)]);
};

function choice(name, label, entries) {
  const select = h2plan.el("select");
  select.id = "choose-" + name;
  h2plan.fill(select, [["", null]].concat(entries).map((entry, i) => {
    const option = h2plan.el("option", "", i ? h2plan.say(entry[1]) : h2plan.word("anything"));
    option.value = String(i - 1);
    option.selected = i - 1 === h2plan.chosen[name];
    return option;
  }));
  select.addEventListener("change", () => {
    h2plan.chosen[name] = Number(select.value);
    h2plan.redraw();
  });
  return h2plan.fill(h2plan.el("label"), [h2plan.el("span", "", label + " "), select]);
}

h2plan.provenanceTable = function () {
  const w = h2plan.word, t = h2plan.chosen.year, total = h2plan.now().total[1];
  const kept = h2plan.data.provenance.filter((row) => row[4][t] > 0);
  const rows = kept.map((row) => [h2plan.say(h2plan.data.uses[row[0]][1]), row[1], row[2], h2plan.say(row[3]), h2plan.number(row[4][t], 1), (100 * row[4][t] / total).toFixed(1) + "%"]);
  const columns = [[w("colUse")], [w("colAssumption")], [w("colSource")], [w("colGrade"), "grade"], [w("colBase"), "num"], [w("colShare"), "num"]];
  const last = [w("sum"), "", "", "", h2plan.number(kept.reduce((sum, row) => sum + row[4][t], 0), 1), "100%"];
  return h2plan.card("table-provenance", w("provenance"), "", [h2plan.table("provenance", columns, rows, last)]);
};

h2plan.assumptionTable = function () {
  const w = h2plan.word;
  return h2plan.card("table-assumptions", w("assumptions"), "", [h2plan.table("assumptions", [[w("colWhere")], [w("colValue")], [w("colNote")]], h2plan.data.assumptions)]);
};

h2plan.targetTable = function () {
  const w = h2plan.word, a = h2plan.data.adoption, n = h2plan.number;
  const rows = a.figures.map((p) => [String(p[0]), w("fleet"), n(p[1]), p[3]])
    .concat(a.standing.map((p) => [String(p[0]), w("standing"), n(p[1]), ""]))
    .concat(a.targets.map((p) => [String(p[0]), w("scenarioTarget") + (p[2] ? " · " + w("draft") : ""), n(p[1]), p[3]]))
    .concat(a.published.map((p) => [String(p[0]), w(p[2] ? "draft" : "adopted") + " · " + p[4], n(p[1]), p[3]]));
  const columns = [[w("year")], [w("colStatus")], [w("colVehicles"), "num"], [w("colNote")]];
  return h2plan.card("table-targets", w("targetTable"), "", [h2plan.table("targets", columns, rows)]);
};

h2plan.sentences = function (name) {
  const found = h2plan.data[name];
  if (!found.length) return null;
  return h2plan.card("list-" + name, h2plan.word(name), "", found.map((text) => h2plan.el("p", "hint", text)));
};

const arrow = (a, b, digits) => (a === null ? "–" : h2plan.number(a, digits)) + " → " + (b === null ? "–" : h2plan.number(b, digits));
const signed = (value) => (value > 0 ? "+" : value < 0 ? "−" : "±") + h2plan.number(Math.abs(value), 1);

h2plan.changeCard = function () {
  const c = h2plan.data.changes, w = h2plan.word, one = (value) => h2plan.number(value, 1);
  if (!c) return null;
  const numbers = (names) => names.map((name) => [w(name), "num"]);
  const causes = h2plan.table("causes", [[w("year")]].concat(numbers(["before", "causeFleet", "causeMix", "causeEach", "after", "delta"])),
    c.causes.map((row) => [String(row[0]), one(row[1]), signed(row[2]), signed(row[3]), signed(row[4]), one(row[5]), signed(row[5] - row[1])]));
  const classes = h2plan.table("changed-classes", [[w("year")], [w("colClass")]].concat(numbers(["vehiclesChange", "eachChange", "before", "after", "delta"])),
    c.classes.map((row) => [String(row[0]), h2plan.say(row[1]), arrow(row[2], row[3], 0), arrow(row[4], row[5], 2), one(row[6]), one(row[7]), signed(row[7] - row[6])]));
  const cells = h2plan.table("changed-cells", [[w("year")], [w("colClass")], [w("colUse")], [w("colRole")], [w("colDistrict")]].concat(numbers(["before", "after", "delta"])),
    c.cells.map((row) => [String(row[0])].concat(row.slice(1, 5).map(h2plan.say), one(row[5]), one(row[6]), signed(row[6] - row[5]))));
  const settings = h2plan.table("settings", [[w("setting")], [c.other], [c.name]], c.settings);
  return h2plan.card("card-changes", w("changes", c.other), "", [
    causes, classes, h2plan.el("p", "hint", w("changedCells", c.more)), cells, h2plan.el("p", "hint", w("settings")), settings,
  ]);
};
