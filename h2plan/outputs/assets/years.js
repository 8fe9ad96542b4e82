/* The year slider: everything that changes with the year follows it; it plays, and it answers to the keyboard. */
"use strict";

const PLAY_MS = 1400;

h2plan.setYear = function (year) {
  const last = h2plan.data.years.length - 1, wanted = Math.min(last, Math.max(0, year));
  if (wanted === h2plan.year) return;
  h2plan.year = wanted;
  h2plan.litOne = null;
  if (h2plan.chosen && h2plan.chosen.lines) h2plan.chosen = h2plan.now().byId.get(h2plan.chosen.id) || null;
  h2plan.showYear();
};

/* Draw, list and tell the year shown. */
h2plan.showYear = function (drawnAlready) {
  const page = h2plan.page;
  page.layers.sources.fill();
  if (!drawnAlready) ["reach", "corridors", "services", "error", "candidates", "barred", "demand", "sources"].forEach((name) => page.layers[name].redraw());
  h2plan.drawSupply();
  h2plan.redrawStations();
  h2plan.headline();
  h2plan.legend();
  markYear();
};

/* Draw the stations again, and what tells of them. */
h2plan.redrawStations = function () {
  const page = h2plan.page;
  h2plan.drawStations();
  h2plan.panel();
  h2plan.dim();
  h2plan.light(h2plan.chosen);
  if (page.isOn("labels")) page.labels.redraw();
};

function markYear() {
  const slider = document.getElementById("year");
  if (!slider) return;
  slider.value = h2plan.year;
  slider.setAttribute("aria-valuetext", String(h2plan.now().period));
  document.getElementById("year-shown").textContent = String(h2plan.now().period);
  document.querySelectorAll("#years .tick").forEach((tick, i) => tick.classList.toggle("on", i === h2plan.year));
}

/* The bar with the slider; a plan of one year has none. */
h2plan.yearBar = function () {
  const years = h2plan.data.years, box = document.getElementById("years");
  box.hidden = years.length < 2;
  if (box.hidden) return;
  const play = h2plan.button("play", h2plan.playing ? "❚❚" : "▶", togglePlay);
  play.id = "play";
  play.setAttribute("aria-label", h2plan.word(h2plan.playing ? "pause" : "play"));
  play.title = h2plan.word("yearHint");
  const slider = h2plan.el("input");
  slider.type = "range";
  slider.id = "year";
  slider.min = 0;
  slider.max = years.length - 1;
  slider.step = 1;
  slider.setAttribute("aria-label", h2plan.word("year"));
  slider.addEventListener("input", () => {
    halt();
    h2plan.setYear(Number(slider.value));
  });
  const ticks = h2plan.fill(h2plan.el("div", "ticks"), years.map((year, i) => h2plan.button("tick", String(year.period), () => {
    halt();
    h2plan.setYear(i);
  })));
  const shown = h2plan.el("output");
  shown.id = "year-shown";
  h2plan.fill(box, [play, h2plan.fill(h2plan.el("div", "track"), [slider, ticks]), shown]);
  markYear();
};

function togglePlay() {
  if (h2plan.playing) return halt();
  if (h2plan.year === h2plan.data.years.length - 1) h2plan.setYear(0);
  h2plan.playing = window.setInterval(() => {
    h2plan.setYear(h2plan.year + 1);
    if (h2plan.year === h2plan.data.years.length - 1) halt();
  }, PLAY_MS);
  showPlay();
}

function halt() {
  if (!h2plan.playing) return;
  window.clearInterval(h2plan.playing);
  h2plan.playing = null;
  showPlay();
}

function showPlay() {
  const play = document.getElementById("play");
  play.textContent = h2plan.playing ? "❚❚" : "▶";
  play.setAttribute("aria-label", h2plan.word(h2plan.playing ? "pause" : "play"));
}

h2plan.yearKeys = function () {
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.key === "Escape" && h2plan.measuring) h2plan.toggleRuler();
    if (/^(input|select|textarea)$/i.test(at.tagName) || at.isContentEditable || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "]") h2plan.setYear(h2plan.year + 1);
    if (event.key === "[") h2plan.setYear(h2plan.year - 1);
  });
};
