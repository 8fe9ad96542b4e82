/* Drawing in SVG: nodes, texts, axes. */
"use strict";

const SVG = "http://www.w3.org/2000/svg";

h2plan.svg = function (tag, attributes, children) {
  const node = document.createElementNS(SVG, tag);
  Object.keys(attributes || {}).forEach((name) => node.setAttribute(name, attributes[name]));
  (children || []).forEach((child) => child && node.appendChild(child));
  return node;
};

h2plan.text = function (x, y, words, kind, anchor) {
  const node = h2plan.svg("text", { x: x, y: y, class: kind || "", "text-anchor": anchor || "start" });
  node.textContent = words;
  return node;
};

h2plan.rect = function (x, y, width, height, ink, title) {
  const node = h2plan.svg("rect", { x: x, y: y, width: Math.max(0, width), height: Math.max(0, height), fill: ink });
  return title ? h2plan.told(node, title) : node;
};

h2plan.stroke = function (x1, y1, x2, y2, kind, extra) {
  return h2plan.svg("line", Object.assign({ x1: x1, y1: y1, x2: x2, y2: y2, class: kind || "" }, extra || {}));
};

/* The browser's own tooltip. */
h2plan.told = function (node, title) {
  const name = h2plan.svg("title");
  name.textContent = title;
  node.appendChild(name);
  return node;
};

h2plan.sheet = function (name, width, height, children) {
  return h2plan.svg("svg", { viewBox: "0 0 " + width + " " + height, role: "img", "aria-label": name }, children);
};

/* Round steps of an axis from 0 to at least `most`. */
h2plan.ticks = function (most, wanted) {
  const raw = Math.max(most, 1e-9) / (wanted || 4);
  const power = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((value) => value >= raw * 0.999);
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => i * step);
};

/* A frame with a value axis on the left; returns its scale and what is drawn. */
h2plan.frame = function (width, height, most, unit) {
  const box = { left: 58, right: width - 12, top: 20, bottom: height - 26 };
  const marks = h2plan.ticks(most);
  const top = marks[marks.length - 1] || 1;
  box.y = (value) => box.bottom - ((box.bottom - box.top) * value) / top;
  box.drawn = marks.map((mark) => h2plan.svg("g", {}, [
    h2plan.stroke(box.left, box.y(mark), box.right, box.y(mark), mark ? "grid" : "axis"),
    h2plan.text(box.left - 6, box.y(mark) + 4, h2plan.number(mark, top < 5 ? 1 : 0), "quiet", "end"),
  ]));
  box.drawn.push(h2plan.text(box.left - 6, 11, unit, "quiet", "end"));
  return box;
};

h2plan.path = function (points, ink, width, extra) {
  const d = points.map((p, i) => (i ? "L" : "M") + p[0].toFixed(1) + " " + p[1].toFixed(1)).join("");
  return h2plan.svg("path", Object.assign({ d: d, fill: "none", stroke: ink, "stroke-width": width }, extra || {}));
};

h2plan.diamond = function (x, y, r, ink, hollow, title) {
  const d = "M" + x + " " + (y - r) + "L" + (x + r) + " " + y + "L" + x + " " + (y + r) + "L" + (x - r) + " " + y + "Z";
  return h2plan.told(h2plan.svg("path", { d: d, fill: hollow ? "#fff" : ink, stroke: ink, "stroke-width": 2 }), title);
};

/* A card with a heading, a line below it, and content. */
h2plan.card = function (id, title, hint, children, tools) {
  const card = h2plan.el("figure", "card");
  card.id = id;
  const head = h2plan.fill(h2plan.el("div", "head"), [h2plan.el("h2", "", title)].concat(tools || []));
  return h2plan.fill(card, [head, hint ? h2plan.el("p", "hint", hint) : null].concat(children));
};
