/* The lines under the map: unpacked, drawn by group, known by their number through all groups. */
"use strict";

/* Steps of 1e-5 degree as degrees. */
h2plan.unstep = function (steps) {
  const found = new Float64Array(steps.length);
  let at = 0;
  steps.forEach((step, i) => {
    at += step;
    found[i] = at / 1e5;
  });
  return found;
};

/* lon, lat, lon, lat, … in steps as [lat, lon] pairs. */
h2plan.unpath = function (steps) {
  const found = [];
  let lon = 0, lat = 0;
  for (let i = 0; i < steps.length; i += 2) {
    lon += steps[i];
    lat += steps[i + 1];
    found.push([lat / 1e5, lon / 1e5]);
  }
  return found;
};

/* Whole numbers from their steps. */
h2plan.ungap = function (steps) {
  let at = 0;
  return steps.map((step) => (at += step));
};

/* All wordings by number as [zh, en]: each is written as the letters it shares with the one before, and the rest. */
h2plan.texts = function () {
  const packed = h2plan.data.texts;
  if (!packed.pairs) {
    let zh = "", en = "";
    packed.pairs = packed.zh[0].map((shared, i) => {
      zh = zh.slice(0, shared) + packed.zh[1][i];
      en = packed.en[0][i] < 0 ? zh : en.slice(0, packed.en[0][i]) + packed.en[1][i];
      return [zh, en];
    });
  }
  return packed.pairs;
};

h2plan.text = function (number) {
  return number < 0 ? "" : h2plan.texts()[number][h2plan.tongue];
};

/* Draw every group in its style; returns the layer group of each, whose lines carry `number` and `name`. */
h2plan.drawRoads = function (map, styles, interactive) {
  const groups = {};
  let number = 0;
  h2plan.data.lines.forEach((entry) => {
    const group = L.layerGroup();
    const style = Object.assign({ lineCap: "round", lineJoin: "round", smoothFactor: 0.8, interactive: Boolean(interactive) }, styles[entry[0]]);
    entry[1].forEach((steps, i) => {
      const line = L.polyline(h2plan.unpath(steps), style);
      line.number = number;
      line.name = entry[2][i];
      number += 1;
      line.addTo(group);
    });
    groups[entry[0]] = group.addTo(map);
  });
  return groups;
};
