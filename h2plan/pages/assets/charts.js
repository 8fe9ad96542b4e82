/* Charts of years, vehicles, hours, months and parts. */
"use strict";

const WIDE = 620, HIGH = 286;

/* Stacked columns of classes for each of `slots`; `kg(slot)` gives a Map of class to value. */
h2plan.stack = function (box, slots, kg, width, tell) {
  const step = (box.right - box.left) / slots.length;
  return slots.map((slot, i) => {
    const x = box.left + step * (i + 0.5) - width(step) / 2;
    let sum = 0;
    const parts = [];
    kg(slot).forEach((value, c) => {
      if (value <= 0) return;
      parts.push(h2plan.rect(x, box.y(sum + value), width(step), box.y(sum) - box.y(sum + value), h2plan.classInk(c), tell(slot, c, value)));
      sum += value;
    });
    return { x: box.left + step * (i + 0.5), sum: sum, node: h2plan.svg("g", { class: "column" }, parts) };
  });
};

h2plan.className = (c) => h2plan.say(h2plan.data.classes[c][1]);

h2plan.byYear = function () {
  const data = h2plan.data, all = h2plan.chosen.off.size === 0;
  const sums = data.periods.map((_, t) => h2plan.sumBy(0, (row) => row[4] === t && h2plan.on(row[0])));
  const order = data.classes.map((_, c) => c);
  const byClass = (t) => new Map(order.filter((c) => sums[t].has(c)).map((c) => [c, sums[t].get(c)[2]]));
  const total = (t, m) => Array.from(sums[t].values()).reduce((a, b) => a + b[m], 0);
  const box = h2plan.frame(WIDE, HIGH, Math.max.apply(null, data.periods.map((_, t) => total(t, 3))), "kg/d");
  const tell = (t, c, value) => data.periods[t] + " · " + h2plan.className(c) + " · " + h2plan.short(value) + " kg/d";
  const columns = h2plan.stack(box, data.periods.map((_, t) => t), byClass, (step) => Math.min(70, step * 0.5), tell);
  const ink = "#1f2a30";
  const marks = columns.map((column, t) => {
    const q = data.years[t].quantiles, x = column.x, y = box.y;
    return h2plan.svg("g", {}, [
      h2plan.stroke(x, y(total(t, 1)), x, y(total(t, 3)), "", { stroke: ink, "stroke-width": 1 }),
      h2plan.stroke(x - 5, y(total(t, 1)), x + 5, y(total(t, 1)), "", { stroke: ink }),
      h2plan.stroke(x - 5, y(total(t, 3)), x + 5, y(total(t, 3)), "", { stroke: ink }),
      all && h2plan.stroke(x, y(q[0]), x, y(q[4]), "", { stroke: ink, "stroke-width": 5, "stroke-opacity": 0.75 }),
      h2plan.text(x + 10, y(column.sum) - 5, h2plan.short(column.sum), "strong"),
      h2plan.text(x, HIGH - 8, String(data.periods[t]), t === h2plan.chosen.year ? "strong" : "quiet", "middle"),
    ]);
  });
  const sheet = h2plan.sheet(h2plan.word("byYear"), WIDE, HIGH, box.drawn.concat(columns.map((c) => c.node), marks));
  return h2plan.card("chart-years", h2plan.word("byYear"), h2plan.word("byYearHint"), [sheet]);
};

h2plan.adoptionChart = function () {
  const a = h2plan.data.adoption;
  const points = a.curve.concat(a.figures, a.standing, a.targets, a.published);
  const years = points.map((p) => p[0]);
  const first = Math.min.apply(null, years) - 0.6, last = Math.max.apply(null, years) + 0.9;
  const box = h2plan.frame(WIDE, HIGH, Math.max.apply(null, points.map((p) => p[1])) * 1.05, h2plan.tongue ? "veh." : "辆");
  const x = (year) => box.left + ((box.right - box.left) * (year - first)) / (last - first);
  const drawn = box.drawn.slice();
  for (let year = Math.ceil(first); year <= last; year += last - first > 14 ? 2 : 1) drawn.push(h2plan.text(x(year), HIGH - 8, String(year), "quiet", "middle"));
  if (a.curve.length) drawn.push(h2plan.path(a.curve.map((p) => [x(p[0]), box.y(p[1])]), "#0072b2", 2));
  a.standing.forEach((p) => drawn.push(h2plan.told(h2plan.svg("circle", { cx: x(p[0]), cy: box.y(p[1]), r: 4.5, fill: "#fff", stroke: "#0072b2", "stroke-width": 2 }), h2plan.word("standing") + " " + p[0] + ": " + h2plan.number(p[1]))));
  a.figures.forEach((p, t) => {
    const here = t === h2plan.chosen.year;
    drawn.push(h2plan.told(h2plan.svg("circle", { class: "fleet", cx: x(p[0]), cy: box.y(p[1]), r: here ? 7 : 4.5, fill: "#0072b2" }), p[0] + ": " + h2plan.number(p[1]) + " · " + p[3]));
    drawn.push(h2plan.text(x(p[0]) - 9, box.y(p[1]) - 6, h2plan.number(p[1]), here ? "strong" : "", "end"));
  });
  const target = (p, label, kind) => {
    drawn.push(h2plan.svg("g", { class: kind + (p[2] ? " draft" : "") }, [h2plan.diamond(x(p[0]), box.y(p[1]), 6.5, "#d55e00", p[2], label + " " + p[0] + ": " + h2plan.number(p[1]) + " · " + p[3])]));
    const late = x(p[0]) > 0.7 * WIDE;
    drawn.push(h2plan.text(x(p[0]) + (late ? -10 : 10), box.y(p[1]) + 4, label + " " + h2plan.number(p[1]) + (p[4] ? " · " + p[4] : ""), "", late ? "end" : "start"));
  };
  const same = (p) => a.published.some((q) => q[0] === p[0] && q[1] === p[1]);
  a.targets.filter((p) => !same(p)).forEach((p) => target(p, h2plan.word(p[2] ? "draft" : "scenarioTarget"), "target"));
  a.published.forEach((p) => target(p, h2plan.word(p[2] ? "draft" : "adopted"), "published"));
  return h2plan.card("chart-adoption", h2plan.word("adoption"), h2plan.word("adoptionHint"), [h2plan.sheet(h2plan.word("adoption"), WIDE, HIGH, drawn)]);
};

h2plan.hoursChart = function () {
  const hours = h2plan.now().hours, data = h2plan.data;
  const shown = data.classes.map((item, c) => [c, hours[item[0]]]).filter((item) => item[1] && h2plan.on(item[0]));
  const slots = Array.from({ length: 24 }, (_, h) => h);
  const at = (h) => new Map(shown.map((item) => [item[0], item[1][h]]));
  const sums = slots.map((h) => shown.reduce((sum, item) => sum + item[1][h], 0));
  const best = sums.indexOf(Math.max.apply(null, sums));
  const box = h2plan.frame(WIDE, HIGH, Math.max.apply(null, sums.concat(0.1)), "kg/h");
  const tell = (h, c, value) => h + ":00 · " + h2plan.className(c) + " · " + h2plan.short(value) + " kg/h";
  const columns = h2plan.stack(box, slots, at, (step) => step * 0.78, tell);
  const names = columns.filter((_, h) => h % 3 === 0).map((column, i) => h2plan.text(column.x, HIGH - 8, i * 3 + ":00", "quiet", "middle"));
  const sheet = h2plan.sheet(h2plan.word("hours"), WIDE, HIGH, box.drawn.concat(columns.map((c) => c.node), names));
  return h2plan.card("chart-hours", h2plan.word("hours"), h2plan.word("hoursHint", best, h2plan.short(sums[best])), [sheet]);
};

h2plan.monthsChart = function () {
  const months = h2plan.now().months;
  const box = h2plan.frame(WIDE, HIGH, Math.max.apply(null, months.concat(0.1)), "kg/d");
  const step = (box.right - box.left) / 12;
  const high = months.indexOf(Math.max.apply(null, months)), low = months.indexOf(Math.min.apply(null, months));
  const drawn = months.map((kg, m) => {
    const x = box.left + step * (m + 0.5);
    const ink = m === high && high !== low ? "#d55e00" : m === low && high !== low ? "#56b4e9" : "#8fa3ad";
    return h2plan.svg("g", {}, [
      h2plan.rect(x - step * 0.34, box.y(kg), step * 0.68, box.bottom - box.y(kg), ink, h2plan.short(kg) + " kg/d"),
      h2plan.text(x, HIGH - 8, String(m + 1), "quiet", "middle"),
    ]);
  });
  const sheet = h2plan.sheet(h2plan.word("months"), WIDE, HIGH, box.drawn.concat(drawn));
  return h2plan.card("chart-months", h2plan.word("months"), h2plan.word("monthsHint", high + 1, low + 1), [sheet]);
};

/* Horizontal bars with a line from low to high: [label, [vehicles, low, base, high, peak]]. */
h2plan.parts = function (rows, title, width) {
  const left = Math.min(190, width * 0.42), row = 19, right = width - 62;
  const most = Math.max.apply(null, rows.map((item) => item[1][3]).concat(1e-9));
  const x = (value) => left + ((right - left) * value) / most;
  const drawn = rows.map((item, i) => {
    const y = i * row + 4, s = item[1];
    return h2plan.svg("g", { class: "part" }, [
      h2plan.told(h2plan.text(left - 6, y + 10, clip(item[0], left - 8), "", "end"), item[0]),
      h2plan.rect(left, y + 1, x(s[2]) - left, 11, "#0072b2", item[0] + " · " + h2plan.short(s[2]) + " kg/d"),
      h2plan.stroke(x(s[1]), y + 6.5, x(s[3]), y + 6.5, "", { stroke: "#1f2a30", "stroke-width": 1 }),
      h2plan.text(x(s[3]) + 4, y + 10, h2plan.short(s[2]), "strong"),
    ]);
  });
  return h2plan.sheet(title, width, rows.length * row + 6, drawn);
};

/* About as much of a text as fits; a Chinese character is twice as wide. */
function clip(text, px) {
  let used = 0;
  for (let i = 0; i < text.length; i += 1) {
    used += text.charCodeAt(i) > 0x2e7f ? 11 : 6.2;
    if (used > px) return text.slice(0, Math.max(1, i - 1)) + "…";
  }
  return text;
}
h2plan.clip = clip;
