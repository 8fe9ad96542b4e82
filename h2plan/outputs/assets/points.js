/* Points by the ten thousand on one canvas: each look is painted once and stamped; the mouse finds them by a grid. */
"use strict";

const CELL = 32;

/* table: x, y (world), rows (the first is drawn first), key(row): name of its look or "" for none, look(row). */
h2plan.Points = h2plan.Canvas.extend({
  initialize: function (pane, table) {
    this.table = table;
    this._stamps = new Map();
    h2plan.Canvas.prototype.initialize.call(this, pane, (pen, frame) => this._draw(pen, frame));
  },
  _draw: function (pen, frame) {
    const table = this.table, dense = h2plan.dense();
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
      pen.drawImage(stamp.picture, x - stamp.half, y - stamp.half, 2 * stamp.half, 2 * stamp.half);
      this._seen.push(row, x, y, stamp.reach);
    });
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

function press(look, dense) {
  const half = Math.ceil(1.3 * look.r + (look.width || 0) + (look.halo || 0) + 2);
  const picture = document.createElement("canvas");
  picture.width = picture.height = 2 * half * dense;
  const pen = picture.getContext("2d");
  pen.scale(dense, dense);
  h2plan.paint(pen, half, half, look);
  return { picture: picture, half: half, reach: look.r + (look.halo || 0) + 2 };
}
