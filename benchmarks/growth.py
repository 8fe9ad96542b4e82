"""How time and memory grow with points, sites and paths: a table, and plots as plain SVG."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from benchmarks.families import _network, _plane
from benchmarks.run import run, table

WIDTH, HEIGHT, EDGE = 640, 400, 60


def grow(folder: Path, *, limit_s: float, full: bool) -> str:
    """Run three rows of growing cases, write a plot of each, and return their tables."""
    points = [1_000, 10_000, 100_000, 1_000_000, 10_000_000][: 5 if full else 4]
    sites = [100, 300, 1_000, 3_000, 10_000][: 5 if full else 3]
    paths = [100, 300, 1_000, 3_000, 10_000][: 5 if full else 3]
    series = {
        "points": [(n, {"family": "max_cover", **_plane(100, n, 5.5, 10)}) for n in points],
        "sites": [(n, {"family": "max_cover", **_plane(n, 10 * n, 5.5 * math.sqrt(100 / n), 10)}) for n in sites],
        "paths": [(n, {"family": "flow_refuelling", **_network(max(200, n // 2), n, 300, 10)}) for n in paths],
    }
    folder.mkdir(parents=True, exist_ok=True)
    said = []
    for name, cases in series.items():
        figures = [run(case, "h2plan", limit_s=limit_s) for _, case in cases]
        drawn = [(n, row["cpu_s"]) for (n, _), row in zip(cases, figures, strict=True) if "cpu_s" in row]
        target = folder / f"growth-{name}.svg"
        target.write_text(plot(drawn, across=name), encoding="utf-8")
        said.append(f"{table(figures)}\n\nplot: {target}\n")
    return "\n".join(said)


def plot(drawn: list[tuple[int, float]], *, across: str) -> str:
    """Return CPU seconds over size as an SVG with logarithmic axes."""
    x = [math.log10(n) for n, _ in drawn]
    y = [math.log10(max(seconds, 1e-3)) for _, seconds in drawn]
    low_x, high_x, low_y, high_y = math.floor(min(x)), math.ceil(max(x)), math.floor(min(y)), math.ceil(max(y))

    def place(a: float, b: float) -> tuple[float, float]:
        wide, tall = max(high_x - low_x, 1), max(high_y - low_y, 1)
        return (
            EDGE + (a - low_x) / wide * (WIDTH - 2 * EDGE),
            HEIGHT - EDGE - (b - low_y) / tall * (HEIGHT - 2 * EDGE),
        )

    spots = [place(a, b) for a, b in zip(x, y, strict=True)]
    parts: list[Any] = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for k in range(low_x, high_x + 1):
        a, b = place(k, low_y)
        parts.append(f'<path d="M{a:.1f} {b:.1f}V{EDGE}" stroke="#ddd"/>')
        parts.append(f'<text x="{a:.1f}" y="{b + 18:.1f}" text-anchor="middle">10^{k}</text>')
    for k in range(low_y, high_y + 1):
        a, b = place(low_x, k)
        parts.append(f'<path d="M{a:.1f} {b:.1f}H{WIDTH - EDGE}" stroke="#ddd"/>')
        parts.append(f'<text x="{a - 6:.1f}" y="{b + 4:.1f}" text-anchor="end">10^{k}</text>')
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in spots)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#0b6e99" stroke-width="2"/>')
    parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="#0b6e99"/>' for a, b in spots]
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">{across}</text>')
    parts.append(f'<text x="16" y="{HEIGHT / 2}" transform="rotate(-90 16 {HEIGHT / 2})">CPU s</text></svg>')
    return "\n".join(parts)
