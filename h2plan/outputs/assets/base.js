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
  fit: ["全图", "Whole plan"],
  approval: ["审图号：", "Map approval no.: "],
  blank: ["(待填)", "(to be filled in)"],
  mark: ["内部工作用图", "internal working map"],
  legend: ["图例与图层", "Legend and layers"],
  groupStations: ["加氢站(面积 = 日加注能力)", "Stations (area = capacity)"],
  groupDemand: ["日加氢需求(面积 = kg/d)", "Demand (area = kg/d)"],
  groupOther: ["其他", "Other"],
  groupBase: ["底图", "Base"],
  fresh: ["新建站", "new station"],
  built: ["已建站", "built already"],
  required: ["必建站(中心白点)", "required (white dot)"],
  mustBuild: ["必建", "required"],
  services: ["服务关系", "who is served by whom"],
  error: ["位置误差 > 500 m", "position error > 500 m"],
  corridors: ["通道需求(线宽 = kg/d)", "corridors (width = kg/d)"],
  short: ["未满足或部分满足", "not or partly served"],
  unreached: ["不可达", "beyond reach"],
  candidates: ["未入选候选站址", "candidates not chosen"],
  barred: ["筛选排除站址", "sites barred by the screen"],
  sources: ["氢源", "hydrogen sources"],
  motorway: ["高速公路", "motorway"],
  trunk: ["快速路、干线", "trunk road"],
  street: ["主次干路", "primary, secondary"],
  access: ["接入道路", "access road"],
  river: ["长江、汉江(示意)", "Yangtze, Han (schematic)"],
  labels: ["注记", "names"],
  sketchy: ["(示意)", " (schematic)"],
  list: ["站点清单", "Stations"],
  listHint: ["点击站点查看详情；按日加注量排序", "Click a station for its sheet; sorted by kg/d dispensed"],
  back: ["← 返回清单", "← all stations"],
  unplaced: ["位置不详、未上图的已建站", "Stations without a known position, not drawn"],
  used: ["日加注量", "dispensed"],
  full: ["日加注能力", "capacity"],
  utilisation: ["利用率", "utilisation"],
  serves: ["服务对象(按加注量)", "Serves (largest first)"],
  nobody: ["没有分配到需求", "no demand assigned"],
  more: ["另有 {} 项", "{} more"],
  flows: ["其中通道需求 {} 条，{} kg/d", "of which {} corridor flows, {} kg/d"],
  corridorSum: ["通道需求 {} 条，{} kg/d，满足 {}", "{} corridor flows, {} kg/d, {} served"],
  why: ["选址理由", "Why here"],
  assumptions: ["假设", "Assumptions"],
  source: ["资料来源", "Source"],
  imprecise: ["位置误差约 {}，图上为示意，须现场核实。", "Position known to about {} only: to be checked on site."],
  precision: ["位置误差", "position error"],
  min: ["{} min", "{} min"],
  detour: ["绕行 {} min", "detour {} min"],
  servedOf: ["已满足 {} / {} kg/d", "{} of {} kg/d served"],
  wanted: ["{} kg/d", "{} kg/d"],
  upTo: ["最多 {} kg/d", "up to {} kg/d"],
  unknown: ["供氢能力不详", "capacity not known"],
  nearest: ["最近站址 {},约 {} min", "nearest site {}, about {} min"],
  link: ["通道需求 {} kg/d", "corridor demand {} kg/d"],
};

/* Labels of the demand sources, in the order of the legend. */
h2plan.kinds = new Map(h2plan.data.kinds);

h2plan.say = function (pair) {
  return pair[h2plan.tongue];
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
