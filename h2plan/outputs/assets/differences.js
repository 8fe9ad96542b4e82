/* What differs between two plans in a year: stations added, dropped, larger, smaller. */
"use strict";

h2plan.changes = ["added", "dropped", "grown", "shrunk", "same"];

/* The latest year of a plan that is not after the one asked for; its first where all are. */
h2plan.yearOf = function (plan, period) {
  const before = plan.years.filter((year) => year.period <= period);
  return before.length ? before[before.length - 1] : plan.years[0];
};

/* One row a site: the station of each plan (or none), and what became of it. */
h2plan.differ = function (a, b) {
  const first = new Map(a.stations.map((one) => [one.id, one])), second = new Map(b.stations.map((one) => [one.id, one]));
  const ids = Array.from(new Set(Array.from(first.keys()).concat(Array.from(second.keys()))));
  const rows = ids.map((id) => {
    const was = first.get(id) || null, is = second.get(id) || null;
    const step = (is ? is.capacity : 0) - (was ? was.capacity : 0);
    const change = !was ? "added" : !is ? "dropped" : step > 0 ? "grown" : step < 0 ? "shrunk" : "same";
    return { id: id, was: was, is: is, change: change, step: step };
  });
  const order = (row) => h2plan.changes.indexOf(row.change);
  return rows.sort((x, y) => order(x) - order(y) || Math.abs(y.step) - Math.abs(x.step) || (x.id < y.id ? -1 : 1));
};

/* Told by form and letter as well as by colour. */
h2plan.changeStyle = function (change) {
  return {
    added: { fill: "#d55e00", ring: "rgba(31,42,48,.6)", ringWidth: 0.8, cross: "plus" },
    dropped: { fill: "#ffffff", ring: "#1f2a30", ringWidth: 1.6, cross: "times", ink: "#1f2a30" },
    grown: { fill: "#009e73", ring: "rgba(31,42,48,.6)", ringWidth: 0.8, up: true },
    shrunk: { fill: "#b0568a", ring: "rgba(31,42,48,.6)", ringWidth: 0.8, down: true },
    same: { fill: "#b9c1c5", ring: "#7d878c", ringWidth: 0.8 },
  }[change];
};
