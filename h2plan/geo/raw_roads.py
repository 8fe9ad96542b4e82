"""A road map as it comes from outside: ways between nodes with what is known of each, before cleaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Position = tuple[float, float]
"""Longitude and latitude, WGS-84 degrees."""
Progress = Callable[[str, int], None]
"""Called now and then with what is being read and how many there are so far."""


def silent(_what: str, _count: int) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a way carries besides its ends and shape. Ways are merged only where all of it agrees."""

    road_class: str
    road: str = ""
    oneway: bool = False
    speed_km_per_h: float | None = None
    bridge: str = ""
    tunnel: str = ""
    toll: bool = False
    trucks: bool = True
    """Whether lorries may use it (OpenStreetMap: hgv)."""
    max_t: float | None = None
    """Largest mass allowed, t."""
    opened_yr: int | None = None
    river: str = ""
    along_link: str = ""
    """Way that this one repeats, by id; blank if none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A piece of road from one node to another; a one-way piece is driven in that direction only."""

    id: str
    from_node: str
    to_node: str
    length_km: float
    traits: Traits
    via: tuple[Position, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RawRoads:
    """A road map. `kinds` and `names` are given for some nodes only; what is not said is a junction without a name."""

    positions: Mapping[str, Position]
    ways: tuple[Way, ...]
    kinds: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    banks: Mapping[str, str] = field(default_factory=dict)
    source: str
    notes: tuple[str, ...] = ()
