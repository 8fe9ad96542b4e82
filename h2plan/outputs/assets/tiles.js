/* A map service under the plan, where one was asked for, and the shifted system GCJ-02 that some of them are drawn in. */
"use strict";

/* The published shift: Krasovsky ellipsoid, a polynomial and sines of the position from 105 E, 35 N. */
const KRASOVSKY = { a: 6378245, e2: 0.00669342162296594323 };

function waves(x, terms) {
  return terms.reduce((sum, term) => sum + term[0] * Math.sin(x * Math.PI * term[1]), 0) * (2 / 3);
}

function shift(lon, lat) {
  const x = lon - 105, y = lat - 35, root = Math.sqrt(Math.abs(x));
  const common = waves(x, [[20, 6], [20, 2]]);
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common + waves(y, [[20, 1], [40, 1 / 3], [160, 1 / 12], [320, 1 / 30]]);
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common + waves(x, [[20, 1], [40, 1 / 3], [150, 1 / 12], [300, 1 / 30]]);
  const phi = (lat * Math.PI) / 180, w2 = 1 - KRASOVSKY.e2 * Math.sin(phi) * Math.sin(phi), w = Math.sqrt(w2);
  const metresLat = ((KRASOVSKY.a * (1 - KRASOVSKY.e2)) / (w2 * w)) * (Math.PI / 180);
  const metresLon = (KRASOVSKY.a / w) * Math.cos(phi) * (Math.PI / 180);
  return [east / metresLon, north / metresLat];
}

/* Outside the box of the mainland nothing is shifted. */
function shifted(lon, lat) {
  return lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271;
}

h2plan.toGcj = function (lon, lat) {
  if (!shifted(lon, lat)) return [lon, lat];
  const d = shift(lon, lat);
  return [lon + d[0], lat + d[1]];
};

/* The inverse has no formula: correct the guess by its own error until it stands still. */
h2plan.fromGcj = function (lon, lat) {
  let found = [lon, lat];
  for (let i = 0; i < 8; i += 1) {
    const there = h2plan.toGcj(found[0], found[1]);
    found = [found[0] + lon - there[0], found[1] + lat - there[1]];
  }
  return found;
};

/* Data and clicks stay WGS-84; only the picture is drawn shifted. */
h2plan.gcjCrs = function () {
  const mercator = L.Projection.SphericalMercator;
  const projection = Object.assign({}, mercator, {
    project: (at) => {
      const there = h2plan.toGcj(at.lng, at.lat);
      return mercator.project(L.latLng(there[1], there[0]));
    },
    unproject: (point) => {
      const there = mercator.unproject(point), back = h2plan.fromGcj(there.lng, there.lat);
      return L.latLng(back[1], back[0]);
    },
  });
  return L.extend({}, L.CRS.EPSG3857, { projection: projection });
};

/* Tiles lie on the service's own grid: its corners are asked for in its own system. */
h2plan.setTiles = function (map) {
  const tiles = h2plan.data.tiles;
  if (!tiles) return null;
  if (tiles.datum === "gcj02") {
    h2plan.crs = h2plan.gcjCrs();
    const centre = map.getCenter(), zoom = map.getZoom();
    map.options.crs = h2plan.crs;
    map.setView(centre, zoom, { animate: false, reset: true });
  }
  h2plan.pane(map, "tiles", 150);
  const group = L.layerGroup();
  group.lay = (key) => {
    group.clearLayers();
    if (tiles.wantsKey && !key) return;
    tiles.urls.forEach((url) => L.tileLayer(url, { pane: "tiles", maxNativeZoom: tiles.max_zoom, maxZoom: 22, key: encodeURIComponent(key || "") }).addTo(group));
  };
  group.lay(tiles.key);
  return group.addTo(map);
};
