"""Which cases a benchmark runs: published instances where a folder is given, generated families always."""

from __future__ import annotations

from pathlib import Path
from typing import Any

Case = dict[str, Any]
FAMILIES = ("p_median", "max_cover", "flow_refuelling", "capacitated", "curve")
PEERS = {
    "p_median": ("spopt", "pyomo", "highs"),
    "max_cover": ("spopt", "pyomo", "highs"),
    "flow_refuelling": ("pyomo", "highs"),
    "capacitated": ("highs",),
    "curve": ("alone",),
}
"""Who runs beside h2plan; `alone` is h2plan itself, each point of a curve asked as a question of its own."""


def cases(family: str, folder: Path | None, *, full: bool) -> list[Case]:
    """List the cases of a family; `full` adds the large ones."""
    listed = {
        "p_median": _p_median, "max_cover": _max_cover, "flow_refuelling": _flows, "capacitated": _capacitated,
        "curve": _curve,
    }[family](folder, full)  # fmt: skip
    return [{"family": family, "folder": str(folder) if folder else None, "peers": [], **case} for case in listed]


def _p_median(folder: Path | None, full: bool) -> list[Case]:
    found = sorted((folder / "pmed").glob("pmed*.txt"), key=lambda path: int(path.stem[4:])) if folder else []
    listed: list[Case] = [{"name": path.stem, "kind": "pmed"} for path in found]
    for case in listed:
        case["peers"] = list(PEERS["p_median"]) if full and case["name"] in {"pmed5", "pmed20"} else []
    listed.append(_points(500, 25, 100, peers=["highs"] if full else []))
    if full:
        listed += [_points(1000, 20, 400), _points(5000, 500, 128)]
    return listed


def _points(points: int, stations: int, nearest: int, *, peers: list[str] | None = None) -> Case:
    name = f"plane-{points}-p{stations}"
    return {
        "name": name, "kind": "plane_median", "points": points, "stations": stations, "nearest": nearest,
        "peers": peers or [],
    }  # fmt: skip


def _max_cover(folder: Path | None, full: bool) -> list[Case]:
    listed = [_plane(100, 1_000, 5.5, 10, peers=["spopt", "pyomo", "highs"]), _plane(1_000, 10_000, 1.5, 50)]
    if full:
        listed[1]["peers"] = list(PEERS["max_cover"])
        listed += [_plane(1_000, 100_000, 1.5, 50), _plane(100, 1_000_000, 5.5, 10), _plane(100, 10_000_000, 5.5, 10)]
    for path in sorted((folder / "mclp").glob("*.dat")) if folder else []:
        radii = (3.5, 3.75, 4.0) if full else (3.5,)
        for radius in radii:
            name = f"{path.stem}-R{radius:g}-p15"
            listed.append(
                {"name": name, "kind": "mclp", "file": path.name, "radius": radius, "stations": 15,
                 "peers": ["highs"] if full and radius == 3.5 else []}
            )  # fmt: skip
    return listed


def _plane(sites: int, points: int, radius: float, stations: int, *, peers: list[str] | None = None) -> Case:
    name = f"plane-{sites}x{points}-R{radius:g}-p{stations}"
    return {
        "name": name, "kind": "plane_cover", "sites": sites, "points": points, "radius": radius,
        "stations": stations, "peers": peers or [],
    }  # fmt: skip


def _flows(_folder: Path | None, full: bool) -> list[Case]:
    listed = [_network(200, 300, 300, 6, peers=["pyomo", "highs"]), _network(500, 1_000, 300, 10)]
    if full:
        listed[1]["peers"] = ["pyomo", "highs"]
        listed += [
            _network(1_000, 3_000, 300, 20, peers=["highs"]),
            _network(2_000, 5_000, 250, 30),
            _network(5_000, 10_000, 300, 40),
        ]
    return listed


def _network(nodes: int, paths: int, range_km: float, stations: int, *, peers: list[str] | None = None) -> Case:
    name = f"delaunay-{nodes}x{paths}-R{range_km:g}-p{stations}"
    return {
        "name": name, "kind": "flows", "nodes": nodes, "paths": paths, "range_km": range_km, "stations": stations,
        "peers": peers or [],
    }  # fmt: skip


def _curve(_folder: Path | None, full: bool) -> list[Case]:
    shapes = [(100, 10_000, 5.5), (1_000, 10_000, 1.5), *([(1_000, 100_000, 1.5)] if full else [])]
    covers = [_plane(sites, points, radius, 1, peers=["alone"]) for sites, points, radius in shapes]
    listed = [*covers, _points(200, 1, 200, peers=["alone"])]
    return [{**case, "name": f"{case['name'].rpartition('-p')[0]}-p1..20"} for case in listed]


def _capacitated(folder: Path | None, full: bool) -> list[Case]:
    if folder is None:
        return []
    listed: list[Case] = [
        {"name": path.stem, "kind": "cap", "file": path.name, "capacity": None, "peers": ["highs"]}
        for path in sorted((folder / "cap").glob("lib3_*.txt"))
    ]
    for path in sorted((folder / "cap").glob("cap?.txt.gz")):
        stem = path.name.partition(".")[0]
        listed.append({"name": f"{stem}-uncapacitated", "kind": "cap", "file": path.name, "capacity": "inf"})
        for capacity in CAPACITIES.get(stem, ()) if full else CAPACITIES.get(stem, ())[-1:]:
            case = {"name": f"{stem}-{capacity}", "kind": "cap", "file": path.name, "capacity": str(capacity)}
            case["peers"] = ["highs"] if full and capacity == CAPACITIES[stem][0] else []
            listed.append(case)
    return listed


CAPACITIES = {
    "capa": (8000, 10000, 12000, 14000),
    "capb": (5000, 6000, 7000, 8000),
    "capc": (5000, 5750, 6500, 7250),
}
"""J. E. Beasley's capacities for the three large warehouse instances (OR-Library)."""
