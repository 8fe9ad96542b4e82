/* Brings controls, map, charts and tables together; called by the page with the folium map. */
"use strict";

h2plan.start = function (map) {
  h2plan.tongue = h2plan.data.language;
  h2plan.chosen.year = startYear();
  h2plan.buildMap(map);
  h2plan.speak();
};

/* The page opens at the first year that has a target, else at the last. */
function startYear() {
  const data = h2plan.data, years = data.adoption.targets.map((p) => p[0]);
  const found = data.periods.findIndex((year) => years.indexOf(year) >= 0);
  return found < 0 ? data.periods.length - 1 : found;
}

/* Every text of the page in the language of the moment. */
h2plan.speak = function () {
  const data = h2plan.data, by = (id) => document.getElementById(id);
  document.documentElement.lang = h2plan.tongue ? "en" : "zh-CN";
  document.title = h2plan.say(data.title);
  by("title").textContent = h2plan.say(data.title);
  by("subtitle").textContent = h2plan.say(data.subtitle);
  h2plan.fill(by("tools"), [
    h2plan.button("tool", h2plan.word("language"), () => {
      h2plan.tongue = 1 - h2plan.tongue;
      h2plan.speak();
    }),
    h2plan.button("tool", h2plan.word("fitMap"), h2plan.fitMap),
    h2plan.button("tool", h2plan.word("print"), () => window.print()),
  ]);
  by("tools").firstChild.id = "language";
  h2plan.fill(by("warnings"), data.warnings.map((text) => h2plan.el("p", "", text)));
  years(by("years"));
  h2plan.redraw();
  h2plan.page.labels.redraw();
};

/* Everything that follows the year and the classes. */
h2plan.redraw = function () {
  const by = (id) => document.getElementById(id);
  chips(by("classes"));
  h2plan.headline();
  h2plan.drawMap();
  panel(by("panel"));
  h2plan.fill(by("charts"), [h2plan.byYear(), h2plan.adoptionChart(), h2plan.rangeChart(), h2plan.tornadoChart(), h2plan.hoursChart(), h2plan.monthsChart()]);
  h2plan.fill(by("tables"), [h2plan.changeCard(), h2plan.crossTable(), h2plan.provenanceTable(), h2plan.targetTable(), h2plan.assumptionTable(), h2plan.sentences("fits"), h2plan.sentences("notes")]);
};

function years(node) {
  const data = h2plan.data, slider = h2plan.el("input"), shown = h2plan.el("output", "", String(data.periods[h2plan.chosen.year]));
  slider.type = "range";
  slider.id = "year";
  slider.min = 0;
  slider.max = data.periods.length - 1;
  slider.step = 1;
  slider.value = h2plan.chosen.year;
  slider.disabled = data.periods.length < 2;
  slider.setAttribute("aria-label", h2plan.word("year"));
  const choose = (t) => {
    h2plan.chosen.year = t;
    slider.value = t;
    slider.setAttribute("aria-valuetext", String(data.periods[t]));
    shown.textContent = String(data.periods[t]);
    h2plan.redraw();
  };
  slider.addEventListener("input", () => choose(Number(slider.value)));
  const marks = data.periods.length < 2 ? [] : data.periods.map((year, t) => h2plan.button("", String(year), () => choose(t)));
  const slide = h2plan.fill(h2plan.el("div", "slide"), data.periods.length < 2 ? [] : [slider, h2plan.fill(h2plan.el("div", "marks"), marks)]);
  const name = h2plan.el("label", "", h2plan.word("year"));
  name.htmlFor = "year";
  h2plan.fill(node, [name, shown, data.periods.length < 2 ? null : slide]);
}

function chips(node) {
  const off = h2plan.chosen.off;
  const all = h2plan.button("chip", h2plan.word("allClasses"), () => {
    off.clear();
    h2plan.redraw();
  });
  all.id = "all-classes";
  h2plan.fill(node, h2plan.data.classes.map((item, c) => {
    const chip = h2plan.button("chip" + (off.has(c) ? " off" : ""), "", () => {
      if (!off.delete(c)) off.add(c);
      h2plan.redraw();
    });
    const mark = h2plan.el("i");
    mark.style.background = h2plan.classInk(c);
    chip.dataset.class = c;
    chip.setAttribute("aria-pressed", String(!off.has(c)));
    return h2plan.fill(chip, [mark, h2plan.el("span", "", h2plan.say(item[1]))]);
  }).concat(all));
}

function panel(node) {
  const rows = (column, list) => Array.from(h2plan.sumBy(column, h2plan.here)).map((item) => [h2plan.say(list[item[0]][1]), item[1]]).filter((item) => item[1][2] > 0).sort((a, b) => b[1][2] - a[1][2]);
  const shown = h2plan.page.shown;
  h2plan.fill(node, [
    h2plan.el("h2", "", h2plan.word("useTitle")),
    h2plan.parts(rows(1, h2plan.data.uses), h2plan.word("useTitle"), 340),
    h2plan.el("h2", "", h2plan.word("districtTitle")),
    h2plan.el("p", "hint", h2plan.word("districtHint")),
    h2plan.parts(rows(3, h2plan.data.districts), h2plan.word("districtTitle"), 340),
    shown.flows ? h2plan.el("p", "hint", h2plan.word("offMap", shown.flows, h2plan.short(shown.flowKg), shown.drawn, h2plan.percent(shown.drawnKg / shown.flowKg))) : null,
  ]);
}
