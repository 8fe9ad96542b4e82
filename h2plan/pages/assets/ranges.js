/* How uncertain demand is: the range with its draws and anchors, and the tornado. */
"use strict";

h2plan.rangeChart = function () {
  const now = h2plan.now(), width = 620, height = 286;
  const anchors = now.anchors.map((item) => item[1]);
  const reach = now.histogram.from + now.histogram.step * now.histogram.counts.length;
  const most = Math.max.apply(null, anchors.concat(now.total[2], reach)) * 1.03;
  const left = 16, right = width - 16, floor = 176, top = 52;
  const x = (value) => left + ((right - left) * value) / most;
  const tall = Math.max.apply(null, now.histogram.counts);
  const bins = now.histogram.counts.map((count, i) => {
    const from = now.histogram.from + i * now.histogram.step;
    const high = ((floor - top) * count) / tall;
    const inside = from >= now.quantiles[0] && from + now.histogram.step <= now.quantiles[4];
    return h2plan.rect(x(from), floor - high, Math.max(0.5, x(from + now.histogram.step) - x(from) - 0.7), high, inside ? "#6fa8cf" : "#c9dbe7", h2plan.short(from) + " – " + h2plan.short(from + now.histogram.step) + " kg/d: " + count);
  });
  const bar = (y, low, high, thick, ink) => h2plan.stroke(x(low), y, x(high), y, "", { stroke: ink, "stroke-width": thick });
  const ink = "#1f2a30", q = now.quantiles;
  const drawn = bins.concat([
    h2plan.stroke(left, floor, right, floor, "axis"),
    bar(floor + 12, now.total[0], now.total[2], 1, ink),
    bar(floor + 12, q[0], q[4], 5, "#0072b2"),
    h2plan.svg("circle", { cx: x(now.total[1]), cy: floor + 12, r: 5, fill: ink }),
    h2plan.stroke(x(now.total[0]), floor + 7, x(now.total[0]), floor + 17, "", { stroke: ink }),
    h2plan.stroke(x(now.total[2]), floor + 7, x(now.total[2]), floor + 17, "", { stroke: ink }),
    h2plan.text(x(now.total[0]), floor + 32, h2plan.word("allLow") + " " + h2plan.short(now.total[0]), "", x(now.total[0]) < 60 ? "start" : "middle"),
    h2plan.text(x(now.total[2]), floor + 32, h2plan.word("allHigh") + " " + h2plan.short(now.total[2]), "", "end"),
    h2plan.text(x(now.total[1]), floor + 32, h2plan.word("base") + " " + h2plan.short(now.total[1]), "strong", "middle"),
    h2plan.text(x(now.total[1]), floor + 49, "P5 " + h2plan.short(q[0]) + " · " + h2plan.word("median") + " " + h2plan.short(q[2]) + " · P95 " + h2plan.short(q[4]), "quiet", "middle"),
  ]);
  now.anchors.forEach((item, i) => {
    const y = 12 + 17 * i, at = x(item[1]), late = at > width / 2;
    drawn.push(h2plan.stroke(at, y + 2, at, floor, "", { stroke: "#d55e00", "stroke-width": 1.4, "stroke-dasharray": "4 3" }));
    drawn.push(h2plan.told(h2plan.text(at + (late ? -5 : 5), y + 4, h2plan.say(item[0]) + " " + h2plan.short(item[1]), "", late ? "end" : "start"), item[2]));
  });
  h2plan.ticks(most, 6).filter((mark) => mark <= most).forEach((mark) => {
    drawn.push(h2plan.stroke(x(mark), height - 22, x(mark), height - 17, "axis"));
    drawn.push(h2plan.text(x(mark), height - 5, h2plan.number(mark), "quiet", mark ? (x(mark) > right - 24 ? "end" : "middle") : "start"));
  });
  drawn.push(h2plan.stroke(left, height - 22, right, height - 22, "axis"));
  return h2plan.card("chart-range", h2plan.word("ranges"), h2plan.word("rangesHint", h2plan.number(h2plan.data.draws)), [h2plan.sheet(h2plan.word("ranges"), width, height, drawn)]);
};

const TORNADO_ROWS = 12;

h2plan.tornadoChart = function () {
  const what = h2plan.chosen.tornado, width = 620, row = 21, left = 196;
  const all = h2plan.now().tornado.slice();
  const length = (bar) => Math.abs(bar[what][1] - bar[what][0]);
  all.sort((a, b) => length(b) - length(a));
  const bars = all.slice(0, TORNADO_ROWS).filter((bar) => length(bar) > 0);
  const ends = bars.reduce((list, bar) => list.concat(bar[what]), []);
  const least = Math.min.apply(null, ends), most = Math.max.apply(null, ends);
  const x = (value) => left + 52 + ((width - left - 112) * (value - least)) / (most - least || 1);
  const drawn = bars.map((bar, i) => {
    const y = 20 + i * row, low = bar[what][0], high = bar[what][1], base = bar[what][2], v = bar.value;
    const name = h2plan.say(bar.label);
    const told = name + ": " + v.map((value) => h2plan.number(value, value < 10 ? 2 : 0)).join(" / ");
    return h2plan.svg("g", { class: "bar" }, [
      h2plan.told(h2plan.text(left - 6, y + 11, h2plan.clip(name, left - 10), "", "end"), told),
      h2plan.rect(Math.min(x(low), x(base)), y + 1, Math.abs(x(base) - x(low)), 14, "#56b4e9", told),
      h2plan.rect(Math.min(x(base), x(high)), y + 1, Math.abs(x(high) - x(base)), 14, "#d55e00", told),
      h2plan.text(x(low) - 4, y + 12, h2plan.short(low), "quiet", "end"),
      h2plan.text(x(high) + 4, y + 12, h2plan.short(high), "quiet"),
    ]);
  });
  if (bars.length) {
    const base = bars[0][what][2], end = 22 + bars.length * row;
    drawn.push(h2plan.stroke(x(base), 14, x(base), end, "", { stroke: "#1f2a30" }));
    drawn.push(h2plan.text(x(base), 10, h2plan.word("base") + " " + h2plan.short(base) + " " + (what === "kg" ? "kg/d" : "kg/h"), "strong", "middle"));
  }
  const tools = ["kg", "peak"].map((name) => {
    const tool = h2plan.button("tool" + (name === what ? " on" : ""), h2plan.word(name === "kg" ? "asKg" : "asPeak"), () => {
      h2plan.chosen.tornado = name;
      h2plan.redraw();
    });
    tool.dataset.tornado = name;
    return tool;
  });
  const rest = all.length - bars.length;
  const sheet = h2plan.sheet(h2plan.word("tornado"), width, 30 + bars.length * row, drawn);
  const span = h2plan.fill(h2plan.el("span", "pair"), tools);
  return h2plan.card("chart-tornado", h2plan.word("tornado"), h2plan.word("tornadoHint"), [sheet, rest ? h2plan.el("p", "hint", h2plan.word("others", rest)) : null], [span]);
};
