"""What the tags of OpenStreetMap say of a road: class, direction, speed, bridge, tunnel, toll, lorries, year.

Meanings by the wiki pages Key:highway, Key:oneway, Key:maxspeed, Key:hgv, Key:maxweight and Key:opening_date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from h2plan.geo.raw_roads import Traits

CLASSES: Mapping[str, str] = {
    "motorway": "motorway",
    "motorway_link": "ramp",
    "trunk": "trunk",
    "trunk_link": "slip_road",
    "primary": "primary",
    "primary_link": "slip_road",
    "secondary": "secondary",
    "secondary_link": "slip_road",
    "tertiary": "tertiary",
    "tertiary_link": "slip_road",
    "unclassified": "residential",
    "residential": "residential",
    "living_street": "residential",
    "road": "residential",
}
"""Our class of each value of `highway`; others are no roads for lorries and are left out."""
MAIN = frozenset(name for name, ours in CLASSES.items() if ours != "residential")
"""Motorway to tertiary, and their links: what an import takes unless it is told otherwise."""

KM_PER_MILE = 1.609344
_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"no", "false", "0", ""})
_NO_TRUCKS = frozenset({"no", "private", "destination", "delivery", "permit", "local", "agricultural"})
_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?", re.ASCII)
_TONNES = re.compile(r"(\d+(?:\.\d+)?)\s*(t|kg)?", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_FASTEST_KM_PER_H = 200.0

Direction = Literal["both", "forward", "backward"]


def main_value(text: str) -> str:
    """The first of several values: OSMnx writes lists as ['a', 'b'], OpenStreetMap itself as a;b."""
    inner = text.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1].split(",")[0]
    return inner.split(";")[0].strip().strip("'\"").strip()


def highway_of(tags: Mapping[str, str]) -> str:
    """Value of `highway`; a road under construction counts as what it will be, with its opening year."""
    value = main_value(tags.get("highway", ""))
    if value == "construction" and opening_year(tags) is not None:
        return main_value(tags.get("construction", ""))
    return value


def direction_of(tags: Mapping[str, str]) -> Direction:
    """Which way traffic may flow; motorways, their links and roundabouts are one-way unless said otherwise."""
    value = main_value(tags.get("oneway", "")).lower()
    if value in ("-1", "reverse"):
        return "backward"
    if value in _YES:
        return "forward"
    if value:
        return "both"
    implied = highway_of(tags) == "motorway" or tags.get("junction") in ("roundabout", "circular")
    return "forward" if implied else "both"


def speed_of(tags: Mapping[str, str]) -> float | None:
    """Speed limit in km/h; 'none', 'signals', 'CN:urban' and the like say nothing."""
    found = _SPEED.fullmatch(main_value(tags.get("maxspeed:hgv") or tags.get("maxspeed", "")))
    if found is None:
        return None
    speed = float(found[1]) * (KM_PER_MILE if found[2] == "mph" else 1.0)
    return round(speed, 1) if 0 < speed <= _FASTEST_KM_PER_H else None


def largest_mass_t(tags: Mapping[str, str]) -> float | None:
    """Largest mass allowed on the road, t."""
    found = _TONNES.fullmatch(main_value(tags.get("maxweight") or tags.get("maxweight:hgv", "")))
    if found is None:
        return None
    mass_t = float(found[1]) / (1000 if found[2] == "kg" else 1)
    return mass_t if mass_t > 0 else None


def opening_year(tags: Mapping[str, str]) -> int | None:
    """Year in which the road opens or opened."""
    found = _YEAR.match(tags.get("opening_date") or tags.get("start_date", ""))
    year = int(found[0]) if found else None
    return year if year is not None and 1900 <= year <= 2200 else None


def named(tags: Mapping[str, str], key: str) -> str:
    """Name of the bridge or tunnel, `yes` where it has none, blank where there is none."""
    if main_value(tags.get(key, "")).lower() in _NO:
        return ""
    return main_value(tags.get(f"{key}:name", "")) or "yes"


def road_name(tags: Mapping[str, str]) -> str:
    """Reference and name of the road, such as 'G4 京港澳高速'."""
    parts = [main_value(tags.get(key, "")) for key in ("ref", "name")]
    return " ".join(part for part in parts if part)


def traits_of(tags: Mapping[str, str], *, oneway: bool) -> Traits:
    """Everything the tags say of a road whose class is one of CLASSES."""
    return Traits(
        road_class=CLASSES[highway_of(tags)],
        road=road_name(tags),
        oneway=oneway,
        speed_km_per_h=speed_of(tags),
        bridge=named(tags, "bridge"),
        tunnel=named(tags, "tunnel"),
        toll=main_value(tags.get("toll:hgv") or tags.get("toll", "")).lower() in _YES,
        trucks=main_value(tags.get("hgv", "")).lower() not in _NO_TRUCKS,
        max_t=largest_mass_t(tags),
        opened_yr=opening_year(tags),
    )
