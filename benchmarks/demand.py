"""How long demand takes as it grows: points from a grid, and a doubly constrained gravity matrix. CPU seconds."""

from __future__ import annotations

import csv
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from h2plan.demand import _gather
from h2plan.demand._gravity import deterrence, furness
from h2plan.project import Project, load

ROOT = Path(__file__).resolve().parents[1]
CELLS = (20_000, 60_000, 170_000)
"""The fleet mix of Wuhan has six classes in the use districts: a cell becomes six demand points."""
ZONES = (125, 250, 500)
LIMIT_S = {"grid": 10.0, "gravity": 5.0}


def grid_project(folder: Path, cells: int) -> Project:
    """Copy the project of Wuhan with a made-up grid of so many cells instead of its towns."""
    shutil.copytree(ROOT / "data", folder / "data")
    with (folder / "data/demand/districts.csv").open(encoding="utf-8-sig", newline="") as file:
        districts = list(csv.DictReader(file))
    rng = np.random.default_rng(0)
    with (folder / "data/demand/grid.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "district", "lon", "lat", "weight"])
        for n, (dx, dy, weight) in enumerate(rng.random((cells, 3))):
            row = districts[n % len(districts)]
            lon, lat = float(row["lon"]) + (dx - 0.5) / 10, float(row["lat"]) + (dy - 0.5) / 10
            out.writerow([f"c{n}", row["name"], f"{lon:.5f}", f"{lat:.5f}", f"{weight:.4f}"])
    text = (ROOT / "scenarios/wuhan-2030.yaml").read_text("utf-8")
    text = text.replace("    towns: data/demand/towns.csv\n    seat_share: 0.5\n", "    grid: data/demand/grid.csv\n")
    file_ = folder / "scenarios/grid.yaml"
    file_.parent.mkdir()
    file_.write_text(text, encoding="utf-8")
    return load(file_)


def measure_grid_s(cells: int) -> tuple[int, float]:
    """Number of demand points, and CPU seconds from the tables to the points."""
    with tempfile.TemporaryDirectory() as folder:
        project = grid_project(Path(folder), cells)
        start = time.process_time()
        demand, _ = _gather.gather(project)
        return len(demand.points), time.process_time() - start


def measure_gravity_s(zones: int) -> tuple[int, float]:
    """Sweeps, and CPU seconds to balance a full matrix of so many origins and destinations."""
    rng = np.random.default_rng(0)
    x, y = rng.random((2, zones)) * 100
    km = np.maximum(np.hypot(x[:, None] - x, y[:, None] - y), 1.0)
    origins, destinations = rng.random((2, zones))
    destinations *= origins.sum() / destinations.sum()
    names = [str(n) for n in range(zones)], [str(n) for n in range(zones)]
    start = time.process_time()
    balanced = furness(deterrence(km, 1.5, form="power"), origins, destinations, names=names)
    return balanced.sweeps, time.process_time() - start


def main(*, full: bool = False) -> None:
    """Print both tables with their growth; the million points only in full."""
    print(f"grid to demand points (at most {LIMIT_S['grid']:g} s for a million)")
    for cells in CELLS if full else CELLS[:2]:
        points, seconds = measure_grid_s(cells)
        print(f"  {points:>9,} points  {seconds:6.2f} s CPU  {seconds / points * 1e6:5.1f} µs a point")
    print(f"gravity, doubly constrained (at most {LIMIT_S['gravity']:g} s for 500 x 500)")
    for zones in ZONES:
        sweeps, seconds = measure_gravity_s(zones)
        print(f"  {zones:>4} x {zones:<4}  {seconds:6.3f} s CPU  {sweeps} sweeps")


if __name__ == "__main__":
    main(full=True)
