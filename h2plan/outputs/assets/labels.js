/* Names on the map: drawn with a halo on one canvas, the most important first, none over another. */
"use strict";

h2plan.Labels = h2plan.Canvas.extend({
  fine: true,
  initialize: function (collect) {
    h2plan.Canvas.prototype.initialize.call(this, "names", (pen) => {
      const found = collect(this._map), taken = found.taken.slice(), size = this._map.getSize();
      found.names.forEach((name) => place(pen, name, taken, size));
    });
  },
});

function overlaps(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

/* name: text, size, weight, color, halo; and `at` (pixel) with `gap` (pixels beside it), or `along` (spots). */
function place(pen, name, taken, size) {
  pen.font = (name.italic ? "italic " : "") + (name.weight || 500) + " " + name.size + "px " + h2plan.font;
  const wide = pen.measureText(name.text).width + 4;
  const high = name.size + 3;
  const found = spots(name, wide, high).find((spot) => free(spot.box, taken, size));
  if (!found) return;
  const box = found.box;
  taken.push(box);
  pen.save();
  pen.translate((box[0] + box[2]) / 2, (box[1] + box[3]) / 2);
  pen.rotate(found.angle || 0);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = name.halo || 3;
  pen.strokeStyle = name.haloColor || "rgba(255,255,255,0.92)";
  pen.strokeText(name.text, 0, 0.5);
  pen.fillStyle = name.color;
  pen.fillText(name.text, 0, 0.5);
  pen.restore();
}

/* Where a name may stand, the best first: along a line, or around its point. */
function spots(name, wide, high) {
  if (name.along) return name.along.map((spot) => ({ angle: spot.angle, box: tilted(spot, wide, high) }));
  const x = name.at.x, y = name.at.y, g = name.gap || 0;
  const beside = [
    [x + g, y - high / 2, x + g + wide, y + high / 2],
    [x - g - wide, y - high / 2, x - g, y + high / 2],
  ];
  const below = [x - wide / 2, y + g, x + wide / 2, y + g + high];
  const above = [x - wide / 2, y - g - high, x + wide / 2, y - g];
  const order = name.above ? [above, below].concat(beside) : beside.concat([below, above]);
  return order.map((box) => ({ box: box }));
}

function tilted(spot, wide, high) {
  const w = Math.abs(wide * Math.cos(spot.angle)) + Math.abs(high * Math.sin(spot.angle));
  const h = Math.abs(wide * Math.sin(spot.angle)) + Math.abs(high * Math.cos(spot.angle));
  return [spot.at.x - w / 2, spot.at.y - h / 2, spot.at.x + w / 2, spot.at.y + h / 2];
}

function free(box, taken, size) {
  const inside = box[0] > 0 && box[1] > 0 && box[2] < size.x && box[3] < size.y;
  return inside && !taken.some((other) => overlaps(box, other));
}

/* Straight visible stretches of some lines that a text of a width fits on, those near the centre first. */
h2plan.stretches = function (map, lines, wide) {
  const view = L.bounds([0, 0], map.getSize());
  const centre = map.getSize().divideBy(2);
  const seen = map.getBounds();
  const found = [];
  lines.forEach((line) => {
    if (!seen.intersects(line.getBounds())) return;
    const points = line.getLatLngs().map((corner) => map.latLngToContainerPoint(corner));
    for (let i = 0; i < points.length - 1; i += 1) {
      const end = reach(points, i, wide);
      if (!end) continue;
      const at = points[i].add(end).divideBy(2);
      if (view.contains(at)) found.push({ at: at, angle: lean(points[i], end), far: at.distanceTo(centre) });
    }
  });
  return found.sort((a, b) => a.far - b.far).slice(0, 12);
};

/* The first corner after i that is far enough away along a nearly straight path. */
function reach(points, i, wide) {
  let path = 0;
  for (let j = i + 1; j < points.length; j += 1) {
    path += points[j].distanceTo(points[j - 1]);
    const chord = points[i].distanceTo(points[j]);
    if (chord < 0.96 * path) return null;
    if (chord >= wide) return points[j];
  }
  return null;
}

function lean(a, b) {
  const angle = Math.atan2(b.y - a.y, b.x - a.x);
  if (angle > Math.PI / 2) return angle - Math.PI;
  return angle < -Math.PI / 2 ? angle + Math.PI : angle;
}
