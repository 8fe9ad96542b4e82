/* The page's data unpacked: columns with positions, and what belongs to the year that is shown. */
"use strict";

const STATES = ["served", "part", "unserved", "unreached"];

h2plan.now = function () {
  return h2plan.data.years[h2plan.year];
};

h2plan.stations = function () {
  return h2plan.now().stations;
};

/* Positions of a table of columns, in degrees and in the world. */
function located(columns) {
  columns.lon = h2plan.unstep(columns.lon);
  columns.lat = h2plan.unstep(columns.lat);
  Object.assign(columns, h2plan.world(columns.lon, columns.lat));
}

h2plan.unpack = function () {
  const data = h2plan.data;
  located(data.places);
  located(data.candidates);
  [data.places, data.candidates].forEach((columns) => (columns.name = h2plan.ungap(columns.name)));
  data.lines.forEach((entry) => entry[1].forEach((steps) => tracks.push(steps)));
  data.years.forEach((year) => {
    year.byId = new Map(year.stations.map((station) => [station.id, station]));
    year.stations.forEach((station, place) => {
      station.place = place;
      station.to = h2plan.ungap(station.lines[0]);
      station.at = h2plan.spot(station.lat, station.lon);
    });
  });
};

const tracks = [], projected = [];

/* A line by its number, projected when it is first asked for. */
h2plan.track = function (number) {
  if (!projected[number]) {
    const corners = h2plan.unpath(tracks[number]);
    projected[number] = h2plan.world(corners.map((corner) => corner[1]), corners.map((corner) => corner[0]));
  }
  return projected[number];
};

/* Which stations serve each place in the year shown: place to [station, kg/d] pairs. */
h2plan.servers = function (place) {
  const year = h2plan.now();
  if (!year.servers) {
    year.servers = new Map();
    year.stations.forEach((station) => {
      station.to.forEach((place, i) => {
        const list = year.servers.get(place) || [];
        list.push([station, station.lines[1][i]]);
        year.servers.set(place, list);
      });
    });
  }
  return year.servers.get(place) || [];
};

/* One demand place in the year shown, as the notes and the sheet tell of it. */
h2plan.place = function (i) {
  const columns = h2plan.data.places, y = h2plan.year, rows = columns.rows[i];
  const kg = columns.kg[y][i], got = kg - (columns.short[y][i] || 0);
  const classes = typeof rows === "number" ? [[rows, kg, got]] : [];
  for (let k = 0; typeof rows !== "number" && k < rows.length; k += 2) classes.push([rows[k], rows[k + 1][2 * y], rows[k + 1][2 * y + 1]]);
  return {
    is: "place",
    row: i,
    lon: columns.lon[i],
    lat: columns.lat[i],
    off: columns.off[i] || 0,
    name: h2plan.text(columns.name[i]),
    kind: columns.kind[i],
    kg: kg,
    served: got,
    state: STATES[columns.state[y].charCodeAt(i) - 48],
    nearest: columns.nearest[i],
    classes: classes.filter((one) => one[1] > 0).sort((a, b) => b[1] - a[1]),
  };
};

h2plan.candidate = function (i) {
  const columns = h2plan.data.candidates;
  return {
    is: "candidate",
    row: i,
    id: columns.id[i],
    lon: columns.lon[i],
    lat: columns.lat[i],
    off: columns.off[i] || 0,
    name: h2plan.text(columns.name[i]),
    kind: h2plan.text(columns.kind[i]),
    verdict: h2plan.text(columns.verdict[i]),
    why: h2plan.text(columns.why[i]),
    barred: Boolean(columns.barred[i]),
    from: h2plan.data.years.map((year) => year.period).find((_, y) => (columns.chosen[i] >> y) & 1),
  };
};

h2plan.isChosen = function (i) {
  return (h2plan.data.candidates.chosen[i] >> h2plan.year) & 1;
};

/* The largest of some numbers, and 1 at least: long lists cannot be spread into Math.max. */
h2plan.most = function (values) {
  let found = 1;
  values.forEach((value) => (found = Math.max(found, value)));
  return found;
};

/* Rivers are the first lines; everything after them is a road. */
h2plan.isRoad = function (number) {
  const first = h2plan.data.lines[0];
  return number >= (first && first[0] === "river" ? first[1].length : 0);
};
