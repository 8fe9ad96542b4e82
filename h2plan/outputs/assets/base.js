/* The page's one name, its data, its colours and the two languages. */
"use strict";

const h2plan = {
  data: JSON.parse(document.getElementById("h2plan-data").textContent),
  tongue: 0,
  onTongue: [],
};

/* Okabe and Ito's colour set, told apart by colour-blind readers too. */
h2plan.ink = {
  fresh: "#d55e00",
  built: "#0072b2",
  demand: ["#009e73", "#56b4e9", "#8a7a2e", "#7b6fae", "#5f6b73"],
  short: "#e69f00",
  corridor: "#cc79a7",
  source: "#f0e442",
  dark: "#1f2a30",
  quiet: "#7d878c",
  white: "#ffffff",
  river: "#5b8fb0",
  line: "#2f6f60",
};

h2plan.font = '"Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif';

/* [zh, en] pairs of the page itself. */
h2plan.words = {
  language: ["English", "中文"],
  print: ["打印", "Print"],
  more: ["另有 {} 项", "{} more"],
  assumptions: ["假设", "Assumptions"],
  precision: ["位置误差", "position error"],
};

/* Labels of the demand sources, in the order of the legend. */
h2plan.kinds = new Map(h2plan.data.kinds);

/* A wording in the language of the moment; one string stands for both. */
h2plan.say = function (pair) {
  return typeof pair === "string" ? pair : pair[h2plan.tongue];
};

/* A wording with its gaps filled in order; what is filled in is never searched again. */
h2plan.word = function (name, ...values) {
  const parts = h2plan.say(h2plan.words[name]).split("{}");
  return parts.map((part, i) => part + (i < parts.length - 1 ? values[i] : "")).join("");
};

h2plan.number = function (value, digits) {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits || 0, maximumFractionDigits: digits || 0 });
};

h2plan.percent = function (share, digits = 0) {
  return h2plan.number(100 * share, digits) + "%";
};

h2plan.metres = function (value) {
  return value >= 1000 ? h2plan.number(value / 1000, 1) + " km" : h2plan.number(value) + " m";
};

/* The one way text enters the page: as text. */
h2plan.el = function (tag, kind, text) {
  const node = document.createElement(tag);
  if (kind) node.className = kind;
  if (text !== undefined) node.textContent = text;
  return node;
};

h2plan.fill = function (node, children) {
  while (node.firstChild) node.removeChild(node.firstChild);
  children.forEach((child) => child && node.appendChild(child));
  return node;
};

h2plan.button = function (kind, text, act) {
  const node = h2plan.el("button", kind, text);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
};

/* A tooltip body: a bold first line and plain lines after it. */
h2plan.note = function (title, lines) {
  const node = h2plan.el("div", "note");
  node.appendChild(h2plan.el("b", "", title));
  lines.forEach((line) => line && node.appendChild(h2plan.el("span", "", line)));
  return node;
};
