/* What is chosen, and the sums that follow from it. */
"use strict";

h2plan.chosen = { year: 0, off: new Set(), tornado: "kg", flows: true, use: -1, district: -1 };

h2plan.palette = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a7a2e", "#7b6fae", "#44aa99", "#882255", "#999933", "#6f7f88", "#aa4499", "#332288", "#88ccee"];
h2plan.classInk = (c) => h2plan.palette[c % h2plan.palette.length];
h2plan.on = (c) => !h2plan.chosen.off.has(c);
h2plan.now = () => h2plan.data.years[h2plan.chosen.year];

/* Columns of the cube. */
h2plan.col = { class: 0, use: 1, role: 2, district: 3, year: 4, vehicles: 5, low: 6, base: 7, high: 8, peak: 9 };
const MEASURES = [5, 6, 7, 8, 9];

/* Sums of [vehicles, low, base, high, peak] by the values of one column, over the rows kept. */
h2plan.sumBy = function (column, keep) {
  const found = new Map();
  h2plan.data.cube.forEach((row) => {
    if (!keep(row)) return;
    const sums = found.get(row[column]) || [0, 0, 0, 0, 0];
    MEASURES.forEach((m, i) => (sums[i] += row[m]));
    found.set(row[column], sums);
  });
  return found;
};

h2plan.here = (row) => row[4] === h2plan.chosen.year && h2plan.on(row[0]);

/* kg/d of a place or a flow in a year, in the classes shown. */
h2plan.kgOf = function (item, year) {
  return item.kg.reduce((sum, one) => sum + (one[1] === year && h2plan.on(one[0]) ? one[2] : 0), 0);
};

h2plan.short = (value) => h2plan.number(value, Math.abs(value) < 10 ? 1 : 0);

h2plan.sums = function () {
  const all = [0, 0, 0, 0, 0];
  h2plan.sumBy(4, h2plan.here).forEach((sums) => sums.forEach((value, i) => (all[i] += value)));
  return all;
};

/* How far the fleet is from its target, and what comes on top of it. */
function fleetNote(figure) {
  let all = 0;
  h2plan.sumBy(4, (row) => row[4] === h2plan.chosen.year).forEach((sums) => (all += sums[0]));
  const parts = [figure[2] > 0 ? h2plan.word("missed", h2plan.number(figure[2])) : "", all - figure[1] > 0.5 ? h2plan.word("beyond", h2plan.number(all - figure[1])) : ""];
  return parts.filter(Boolean).join("; ");
}

function signedNote(now) {
  const share = h2plan.word("signedSmall", h2plan.percent(now.total[1] ? now.signed / now.total[1] : 0));
  return share + (now.signedElsewhere > 0.05 ? "; " + h2plan.word("signedElsewhere", h2plan.short(now.signedElsewhere)) : "");
}

h2plan.headline = function () {
  const now = h2plan.now(), n = h2plan.short, shown = h2plan.sums();
  const figure = h2plan.data.adoption.figures[h2plan.chosen.year];
  const items = [
    ["total", n(now.total[1]), "kg/d", h2plan.word("totalSmall", n(now.total[0]), n(now.total[2])), "total"],
    ["likely", n(now.quantiles[0]) + " – " + n(now.quantiles[4]), "kg/d", h2plan.word("likelySmall", n(h2plan.data.draws)), "likely"],
    ["peak", n(now.peak[1]), "kg/h", h2plan.word("peakSmall", n(now.peak[0]), n(now.peak[2])), "peak"],
    ["vehicles", n(figure[1]), "", fleetNote(figure), "fleet"],
    ["signed", n(now.signed), "kg/d", signedNote(now), "signed"],
    ["shownPart", n(shown[2]), "kg/d", h2plan.word("shownSmall", h2plan.percent(now.total[1] ? shown[2] / now.total[1] : 0)), "shown"],
  ];
  h2plan.fill(document.getElementById("figures"), items.map((item) => {
    const box = h2plan.el("div");
    box.id = "figure-" + item[4];
    const value = h2plan.fill(h2plan.el("dd"), [h2plan.el("b", "", item[1]), item[2] && h2plan.el("i", "", " " + item[2])]);
    return h2plan.fill(box, [h2plan.el("dt", "", h2plan.word(item[0])), value, h2plan.el("small", "", item[3])]);
  }));
};
