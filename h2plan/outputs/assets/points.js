/* Points by the ten thousand on one canvas: each look is painted once and stamped; the mouse finds them by a grid. */
"use strict";

const CELL = 32;
const STAMPED_MAX = 3000;

/* table: x, y (world), rows (the first is drawn first), key(row): name of its look or "" for none, look(row). */
h2plan.Points = h2plan.Canvas.extend({
  initialize: function (pane, table) {
    this.table = table;
    this._stamps = new Map();
    h2plan.Canvas.prototype.initialize.call(this, pane, (pen, frame) => this._draw(pen, frame));
  },
  _draw: function (pen, frame) {
    const table = this.table, dense = h2plan.dense(), marks = [];
    if (this._dense !== dense) this._stamps.clear();
    this._dense = dense;
    this._seen = [];
    this._grid = null;
    table.rows.forEach((row) => {
      const x = table.x[row] * frame.scale - frame.x0, y = table.y[row] * frame.scale - frame.y0;
      if (x < frame.left || y < frame.top || x > frame.right || y > frame.bottom) return;
      const key = table.key(row);
      if (!key) return;
      let stamp = this._stamps.get(key);
      if (!stamp) this._stamps.set(key, (stamp = press(table.look(row), dense)));
      this._seen.push(row, x, y, stamp.reach);
      marks.push(stamp);
    });
    if (marks.length > STAMPED_MAX && !h2plan.printing) blend(pen, frame, { seen: this._seen, marks: marks, dense: dense });
    else marks.forEach((stamp, i) => pen.drawImage(stamp.picture, this._seen[4 * i + 1] - stamp.half, this._seen[4 * i + 2] - stamp.half, 2 * stamp.half, 2 * stamp.half));
  },
  /* The topmost point under a pixel of the container, or -1. */
  at: function (point) {
    if (!this._map || !this._seen) return -1;
    if (!this._grid) this._grid = sorted(this._seen);
    const found = this._grid.get(Math.floor(point.x / CELL) + ":" + Math.floor(point.y / CELL)) || [];
    for (let i = found.length - 1; i >= 0; i -= 1) {
      const k = found[i], dx = this._seen[k + 1] - point.x, dy = this._seen[k + 2] - point.y, r = this._seen[k + 3];
      if (dx * dx + dy * dy <= r * r) return this._seen[k];
    }
    return -1;
  },
});

/* Each cell of the grid lists the points that reach into it. */
function sorted(seen) {
  const grid = new Map();
  for (let k = 0; k < seen.length; k += 4) {
    const x = seen[k + 1], y = seen[k + 2], r = seen[k + 3];
    for (let i = Math.floor((x - r) / CELL); i <= Math.floor((x + r) / CELL); i += 1) {
      for (let j = Math.floor((y - r) / CELL); j <= Math.floor((y + r) / CELL); j += 1) {
        const name = i + ":" + j, cell = grid.get(name);
        if (cell) cell.push(k);
        else grid.set(name, [k]);
      }
    }
  }
  return grid;
}

/* Lay the stamps over each other pixel by pixel: the canvas itself takes far longer for so many. */
function blend(pen, frame, found) {
  const dense = found.dense, wide = Math.round((frame.right - frame.left) * dense), high = Math.round((frame.bottom - frame.top) * dense);
  const image = pen.createImageData(wide, high), out = image.data;
  found.marks.forEach((stamp, n) => {
    const x0 = Math.round((found.seen[4 * n + 1] - stamp.half - frame.left) * dense), y0 = Math.round((found.seen[4 * n + 2] - stamp.half - frame.top) * dense);
    const spots = stamp.spots;
    for (let k = 0; k < spots.length; k += 6) {
      const x = x0 + spots[k], y = y0 + spots[k + 1];
      if (x < 0 || y < 0 || x >= wide || y >= high) continue;
      const o = 4 * (y * wide + x), alpha = spots[k + 5], below = (out[o + 3] * (255 - alpha)) / 255, sum = alpha + below;
      out[o] = (spots[k + 2] * alpha + out[o] * below) / sum;
      out[o + 1] = (spots[k + 3] * alpha + out[o + 1] * below) / sum;
      out[o + 2] = (spots[k + 4] * alpha + out[o + 2] * below) / sum;
      out[o + 3] = sum;
    }
  });
  pen.putImageData(image, 0, 0);
}

/* The pixels of a stamp that are not clear: column, row, red, green, blue, alpha. */
function spotsOf(pixels, side) {
  const found = [];
  for (let i = 0; i < side * side; i += 1) if (pixels[4 * i + 3]) found.push(i % side, Math.floor(i / side), pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2], pixels[4 * i + 3]);
  return Int32Array.from(found);
}

function press(look, dense) {
  const half = Math.ceil(1.3 * look.r + (look.width || 0) + (look.halo || 0) + 2), side = Math.round(2 * half * dense);
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d", { willReadFrequently: true });
  canvas.width = canvas.height = side;
  pen.scale(dense, dense);
  h2plan.paint(pen, half, half, look);
  return { picture: canvas, spots: spotsOf(pen.getImageData(0, 0, side, side).data, side), half: half, reach: look.r + (look.halo || 0) + 2 };
}
