/* The comparison's own wording, [zh, en]; {} is filled in. */
"use strict";

Object.assign(h2plan.words, {
  base: ["基准方案 A", "plan A"],
  other: ["对比方案 B", "plan B"],
  planOf: ["{} · {} 年 · {} 站", "{} · {} · {} stations"],
  differences: ["差异图(B 相对 A)", "Differences (B against A)"],
  added: ["新增站", "added"],
  dropped: ["取消站", "dropped"],
  grown: ["扩大", "larger"],
  shrunk: ["缩小", "smaller"],
  same: ["相同", "same"],
  onlyDifferent: ["只看差异", "only what differs"],
  keyFigures: ["主要指标", "Key figures"],
  stationDiffers: ["站点差异", "Stations that differ"],
  askedDiffers: ["规划条件的差异", "Asked differently"],
  inputsDiffer: ["不同的输入文件", "Input files that differ"],
  asked: ["条件", "Asked"],
  missing: ["无", "none"],
  figure: ["指标", "Figure"],
  change: ["变化", "Change"],
  alike: ["两个方案没有差异", "the plans do not differ"],
  counts: ["新增 {} · 取消 {} · 扩大 {} · 缩小 {} · 相同 {}", "{} added · {} dropped · {} larger · {} smaller · {} the same"],
  yearPicked: ["年份(各方案取不晚于此年)", "Year (the latest of each plan until then)"],
  move: ["{} → {} kg/d", "{} → {} kg/d"],
});
