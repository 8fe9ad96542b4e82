/* Point symbols: on the map's canvas, as station markers, and in the legend. */
"use strict";

h2plan.trace = function (pen, shape, x, y, r) {
  const polygon = (corners) => {
    corners.forEach((c, i) => (i ? pen.lineTo(x + r * c[0], y + r * c[1]) : pen.moveTo(x + r * c[0], y + r * c[1])));
    pen.closePath();
  };
  const strokes = (pairs) =>
    pairs.forEach((p) => {
      pen.moveTo(x + r * p[0], y + r * p[1]);
      pen.lineTo(x + r * p[2], y + r * p[3]);
    });
  pen.beginPath();
  if (shape === "square") pen.rect(x - 0.86 * r, y - 0.86 * r, 1.72 * r, 1.72 * r);
  else if (shape === "triangle") polygon([[0, -1.1], [1.05, 0.75], [-1.05, 0.75]]);
  else if (shape === "diamond") polygon([[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]]);
  else if (shape === "hexagon") polygon([[1, 0], [0.5, 0.87], [-0.5, 0.87], [-1, 0], [-0.5, -0.87], [0.5, -0.87]]);
  else if (shape === "plus") strokes([[-1, 0, 1, 0], [0, -1, 0, 1]]);
  else if (shape === "cross") strokes([[-0.8, -0.8, 0.8, 0.8], [-0.8, 0.8, 0.8, -0.8]]);
  else pen.arc(x, y, r, 0, 2 * Math.PI);
};

/* look: shape, r, fill, fillOpacity, stroke, width, dash, halo (width of a white rim), mark (a second shape on top). */
h2plan.paint = function (pen, x, y, look) {
  pen.save();
  pen.setLineDash([]);
  h2plan.trace(pen, look.shape, x, y, look.r);
  if (look.halo) {
    pen.lineWidth = (look.width || 0) + 2 * look.halo;
    pen.strokeStyle = "rgba(255,255,255,0.9)";
    pen.stroke();
  }
  if (look.fill) {
    pen.globalAlpha = look.fillOpacity === undefined ? 1 : look.fillOpacity;
    pen.fillStyle = look.fill;
    pen.fill();
    pen.globalAlpha = 1;
  }
  if (look.width) {
    pen.lineWidth = look.width;
    pen.strokeStyle = look.stroke;
    pen.setLineDash(look.dash || []);
    pen.stroke();
  }
  if (look.mark) h2plan.paint(pen, x, y, look.mark);
  if (look.letter) {
    pen.font = "600 8px " + h2plan.font;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillStyle = h2plan.ink.dark;
    pen.fillText(look.letter, x, y + 0.5);
  }
  pen.restore();
};

/* One point as a layer of its own, for pages with few of them. */
h2plan.Symbol = L.CircleMarker.extend({
  _updatePath: function () {
    const pen = this._renderer._ctx;
    if (this._renderer._drawing && !this._empty()) h2plan.paint(pen, this._point.x, this._point.y, this.options.look);
  },
});

h2plan.symbol = function (place, look) {
  return new h2plan.Symbol([place.lat, place.lon], { look: look, radius: look.r + (look.halo || 0) + 2 });
};

h2plan.demandLook = function (place, scale, least = 3) {
  const r = Math.max(least, scale * Math.sqrt(place.kg));
  if (place.state === "unreached") {
    const mark = { shape: "cross", r: Math.max(3, 0.75 * r), stroke: h2plan.ink.dark, width: 1.6 };
    return { shape: "circle", r: Math.max(4.5, r), fill: h2plan.ink.white, fillOpacity: 0.9, stroke: h2plan.ink.dark, width: 1.4, mark: mark };
  }
  const look = { shape: "circle", r: r, fill: h2plan.demandInk(place.kind), fillOpacity: 0.72, stroke: h2plan.ink.white, width: least < 2 ? 0.5 : 1 };
  if (place.state === "served") return look;
  return Object.assign(look, { fillOpacity: place.state === "part" ? 0.55 : 0.15, stroke: h2plan.ink.short, width: 2.6, halo: 1 });
};

h2plan.demandInk = function (kind) {
  const order = Array.from(h2plan.kinds.keys()).indexOf(kind);
  return h2plan.ink.demand[Math.min(order, h2plan.ink.demand.length - 1)];
};

h2plan.centreLook = (r) => ({ shape: "hexagon", r: r, fill: "#7b5ea7", stroke: "#ffffff", width: 1.4, halo: 1 });

h2plan.candidateLook = function (shape) {
  return { shape: shape, r: 3.4, fill: shape === "plus" ? "" : h2plan.ink.white, fillOpacity: 0.75, stroke: h2plan.ink.quiet, width: 1.1 };
};

h2plan.barredLook = { shape: "cross", r: 4, stroke: "#a33b3b", width: 1.6, halo: 1 };
h2plan.sourceLook = { shape: "diamond", r: 8.5, fill: h2plan.ink.source, stroke: h2plan.ink.dark, width: 1.2, halo: 1.5, letter: "H₂" };

h2plan.swatch = function (look, width, height) {
  const wide = width || 22, high = height || 22, dense = 2;
  const canvas = h2plan.el("canvas", "swatch");
  canvas.width = wide * dense;
  canvas.height = high * dense;
  canvas.style.width = wide + "px";
  canvas.style.height = high + "px";
  const pen = canvas.getContext("2d");
  pen.scale(dense, dense);
  h2plan.paint(pen, wide / 2, high / 2, look);
  return canvas;
};
