/* A layer on one canvas of ours: what it draws is asked for again whenever the map has moved. */
"use strict";

/* A frame turns positions in the world at zoom 0 into pixels of the map's container. */
h2plan.Canvas = L.Layer.extend({
  initialize: function (pane, paint) {
    this._paneName = pane;
    this._paint = paint;
  },
  onAdd: function (map) {
    map.on("moveend resize", this.redraw, this);
    this.redraw();
  },
  onRemove: function (map) {
    map.off("moveend resize", this.redraw, this);
    if (this._canvas) L.DomUtil.remove(this._canvas);
    this._canvas = null;
  },
  fade: function (opacity) {
    this._opacity = opacity;
    if (this._canvas) this._canvas.style.opacity = opacity;
  },
  redraw: function () {
    const map = this._map;
    if (!map) return;
    const size = map.getSize(), pad = size.multiplyBy(0.1)._round(), dense = this.fine && !h2plan.printing ? Math.max(2, h2plan.dense()) : h2plan.dense();
    const wide = size.x + 2 * pad.x, high = size.y + 2 * pad.y;
    const canvas = this._element();
    canvas.width = wide * dense;
    canvas.height = high * dense;
    canvas.style.width = wide + "px";
    canvas.style.height = high + "px";
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint(pad.multiplyBy(-1)));
    const pen = canvas.getContext("2d");
    pen.scale(dense, dense);
    pen.translate(pad.x, pad.y);
    this._paint(pen, h2plan.frame(map, pad));
  },
  /* On paper what was wiped off a canvas comes out as an opaque white sheet over every layer below: take a new one. */
  _element: function () {
    if (this._canvas && !h2plan.printing) return this._canvas;
    if (this._canvas) L.DomUtil.remove(this._canvas);
    this._canvas = h2plan.el("canvas", "leaflet-zoom-hide");
    if (this._opacity !== undefined) this._canvas.style.opacity = this._opacity;
    this._map.getPane(this._paneName).appendChild(this._canvas);
    return this._canvas;
  },
});

/* Device pixels in a pixel. Paper needs none: a canvas is printed as strokes. */
h2plan.dense = function () {
  return h2plan.printing ? 1 : window.devicePixelRatio || 1;
};

h2plan.frame = function (map, pad) {
  const zoom = map.getZoom(), size = map.getSize();
  const origin = map.getPixelOrigin().add(map.containerPointToLayerPoint([0, 0]));
  return {
    scale: Math.pow(2, zoom),
    x0: origin.x,
    y0: origin.y,
    left: -pad.x,
    top: -pad.y,
    right: size.x + pad.x,
    bottom: size.y + pad.y,
  };
};

/* Positions as pixels of the world at zoom 0, in the map's own system. */
h2plan.world = function (lon, lat) {
  const crs = h2plan.crs || L.CRS.EPSG3857;
  const x = new Float64Array(lon.length), y = new Float64Array(lon.length);
  for (let i = 0; i < lon.length; i += 1) {
    const at = crs.latLngToPoint(L.latLng(lat[i], lon[i]), 0);
    x[i] = at.x;
    y[i] = at.y;
  }
  return { x: x, y: y };
};

h2plan.spot = function (lat, lon) {
  return (h2plan.crs || L.CRS.EPSG3857).latLngToPoint(L.latLng(lat, lon), 0);
};

/* Add a line to the pen's path: [lon, lat] pairs that were projected once. */
h2plan.traceLine = function (pen, frame, line) {
  for (let i = 0; i < line.x.length; i += 1) {
    const x = line.x[i] * frame.scale - frame.x0, y = line.y[i] * frame.scale - frame.y0;
    if (i) pen.lineTo(x, y);
    else pen.moveTo(x, y);
  }
};

h2plan.pane = function (map, name, z) {
  const pane = map.createPane(name);
  pane.style.zIndex = z;
  pane.style.pointerEvents = "none";
  return name;
};
