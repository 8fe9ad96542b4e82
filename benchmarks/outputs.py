"""Drawing: our map page against plain folium pages of the same points.

CPU seconds to write, bytes, seconds to first paint. Pages are opened in Debian's Chromium with the network cut. The
pages of folium name their assets on other hosts: Leaflet is handed to them from the local copy, everything else they
ask for comes back empty; a page that then draws nothing is told as such.
"""

from __future__ import annotations

import dataclasses
import math
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from h2plan.domain import Range
from h2plan.outputs.map import Options, write
from h2plan.plan.results import Allocation, Plan
from tests.outputs.sample import sample_backdrop, sample_plan

SIZES = (500, 5_000)
FULL_SIZES = (500, 5_000, 50_000)
FASTER, SMALLER, MEGABYTES, FIRST_PAINT_S = 20.0, 8.0, 5.0, 2.0
"""Goals at 50,000 points: times as fast to write and times as small as folium's markers; of the page alone."""
PAINTED = (
    "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
)
PATIENCE_S = 60
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND")
DRAWN = "() => document.querySelectorAll('.leaflet-marker-icon, .leaflet-pane canvas, .leaflet-pane path').length"


def plan_of(points: int) -> Plan:
    """A plan with this many demand places, each served by one station."""
    plan = sample_plan()
    rng = random.Random(points)
    pattern = next(row for row in plan.demand if row.lon is not None)
    rows, given = [], []
    for number in range(points):
        kg = round(rng.uniform(1, 90), 1)
        id_ = f"place-{number}"
        row = dataclasses.replace(
            pattern,
            id=id_,
            place_id=id_,
            name=f"江岸区第{number}处需求点",
            name_en=f"Jiang'an demand place {number}",
            lon=round(114.3 + rng.gauss(0, 0.25), 5),
            lat=round(30.6 + rng.gauss(0, 0.2), 5),
            kg_per_d=Range(0.7 * kg, kg, 1.4 * kg),
            served_kg_per_d=kg,
            precision_m=2000.0 if number % 50 == 0 else 100.0,
        )
        rows.append(row)
        site = plan.stations[number % len(plan.stations)].site_id
        given.append(Allocation(demand_id=id_, site_id=site, share=1.0, kg_per_d=kg, travel_min=6.0, km=4.0))
    return dataclasses.replace(plan, demand=tuple(rows), allocations=tuple(given))


def ours(plan: Plan, path: Path) -> None:
    """The page of h2plan."""
    write(plan, sample_backdrop(), path.parent, Options(file=path.name))


def _markers(plan: Plan, path: Path, kind: Callable[..., Any]) -> None:
    import folium

    drawn = folium.Map(location=[30.6, 114.3], zoom_start=10, tiles=None, prefer_canvas=True)
    for row in plan.demand:
        told = f"{row.name_en}: {row.kg_per_d.base} kg/d, {row.served_kg_per_d} served"
        kind(location=[row.lat, row.lon], tooltip=row.name, popup=told).add_to(drawn)
    drawn.save(str(path))


def folium_marker(plan: Plan, path: Path) -> None:
    """One folium Marker a place."""
    import folium

    _markers(plan, path, folium.Marker)


def folium_circle_marker(plan: Plan, path: Path) -> None:
    """One folium CircleMarker a place."""
    import folium

    _markers(plan, path, folium.CircleMarker)


def folium_fast_cluster(plan: Plan, path: Path) -> None:
    """All places in one FastMarkerCluster, with their names."""
    import folium
    from folium.plugins import FastMarkerCluster

    drawn = folium.Map(location=[30.6, 114.3], zoom_start=10, tiles=None, prefer_canvas=True)
    rows = [[row.lat, row.lon, row.name, row.kg_per_d.base] for row in plan.demand]
    FastMarkerCluster(rows).add_to(drawn)
    drawn.save(str(path))


WAYS: dict[str, Callable[[Plan, Path], None]] = {
    "h2plan": ours,
    "folium Marker": folium_marker,
    "folium CircleMarker": folium_circle_marker,
    "folium FastMarkerCluster": folium_fast_cluster,
}


def measure(points: int, folder: Path) -> list[dict[str, Any]]:
    """Write the points in every way, then open what was written."""
    plan = plan_of(points)
    rows = []
    for number, (name, way) in enumerate(WAYS.items()):
        path = folder / f"{number}-{points}.html"
        begun = time.process_time()
        way(plan, path)
        seconds = time.process_time() - begun
        rows.append({"way": name, "points": points, "write_s": seconds, "bytes": path.stat().st_size, "path": path})
    for row in rows:
        row["paint_s"] = first_paint_s(row["path"])
    return rows


def first_paint_s(path: Path) -> float | None:
    """Seconds from opening a page until it is painted; inf if it takes longer than `PATIENCE_S`.

    None where nothing is drawn or there is no Chromium.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        return None
    from playwright.sync_api import TimeoutError as TookTooLong
    from playwright.sync_api import sync_playwright
    from xstatic.pkg import leaflet

    local = {
        name: (Path(leaflet.BASE_DIR) / name).read_text(encoding="utf-8") for name in ("leaflet.js", "leaflet.css")
    }

    def answer(route: Any) -> None:
        route.fulfill(status=200, body=local.get(route.request.url.rsplit("/", 1)[-1], ""))

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.route("http**/**", answer)
        try:
            page.goto(path.resolve().as_uri(), wait_until="load", timeout=1000 * PATIENCE_S)
            painted = float(page.evaluate(PAINTED)) / 1000
            drawn = int(page.evaluate(DRAWN))
        except TookTooLong:
            painted, drawn = math.inf, 1
        browser.close()
    return painted if drawn else None


def table(rows: Sequence[dict[str, Any]]) -> str:
    """What was measured, and what was reached of the goals at the largest size."""
    lines = [f"{'points':>7}  {'way':<26}{'write CPU s':>12}{'bytes':>13}{'first paint s':>15}"]
    for row in rows:
        paint = "nothing drawn" if row["paint_s"] is None else f"{row['paint_s']:.2f}".replace("inf", f"> {PATIENCE_S}")
        lines.append(f"{row['points']:>7}  {row['way']:<26}{row['write_s']:>12.2f}{row['bytes']:>13,}{paint:>15}")
    most = max(row["points"] for row in rows)
    at = {row["way"]: row for row in rows if row["points"] == most}
    own, marker, circle = at["h2plan"], at["folium Marker"], at["folium CircleMarker"]
    faster = [peer["write_s"] / own["write_s"] for peer in (marker, circle)]
    smaller = [own["bytes"] / peer["bytes"] for peer in (marker, circle)]
    paint = "not measured" if own["paint_s"] is None else f"{own['paint_s']:.2f} s"
    told = (
        f"at {most:,} points (goals are for 50,000):",
        f"  written {faster[0]:.0f}× as fast as Marker, {faster[1]:.0f}× as CircleMarker (goal {FASTER:.0f}×)",
        f"  size 1/{1 / smaller[0]:.1f} of Marker, 1/{1 / smaller[1]:.1f} of CircleMarker (goal 1/{SMALLER:.0f})",
        f"  {own['bytes'] / 1e6:.1f} MB (goal {MEGABYTES:.0f} MB), first paint {paint} (goal {FIRST_PAINT_S:.0f} s)",
    )
    return "\n".join((*lines, "", *told))


def main(*, full: bool) -> None:
    """Measure and print; `full` takes 50,000 points, which folium's markers need minutes for."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for points in (FULL_SIZES if full else SIZES) for row in measure(points, Path(folder))]
    print(table(rows))
