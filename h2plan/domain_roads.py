"""The nouns of a road network, as frozen values; standard library only.

A link is driven both ways unless it is one-way, from `from_node` to `to_node`. Angles are WGS-84 degrees, lengths are
along the road.
"""

from __future__ import annotations

from dataclasses import dataclass

from h2plan.domain import Bank


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadNode:
    """A junction, interchange, toll gate, service area or end of a road."""

    id: str
    name: str = ""
    name_en: str = ""
    kind: str
    lon: float
    lat: float
    bank: Bank = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadLink:
    """A piece of road between two nodes. Its class gives the speed where no design speed is published."""

    id: str
    from_node: str
    to_node: str
    road: str = ""
    road_class: str
    length_km: float
    speed_km_per_h: float | None = None
    oneway: bool = False
    bridge: str = ""
    tunnel: str = ""
    toll: bool = False
    river: str = ""
    opened_yr: int | None = None
    along_link: str = ""
    """Id of the expressway link that this one repeats; blank if none."""
    via: tuple[tuple[float, float], ...] = ()
    """(longitude, latitude) of the shape points between the ends, in the direction from_node to to_node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TruckRule:
    """A rule that closes links to trucks heavier than `over_t` (0: to every truck), at certain hours.

    It names links, or chooses them: those of `roads` that are of `road_classes` and inside the ring road `inside`,
    where each of the three leaves the choice open if it is blank.
    """

    id: str
    name: str
    name_en: str = ""
    over_t: float
    links: tuple[str, ...] = ()
    roads: tuple[str, ...] = ()
    road_classes: tuple[str, ...] = ()
    inside: str = ""
    hours: tuple[tuple[int, int], ...] = ()
    """Spans in minutes after midnight, begin included and end not; a span may run over midnight. None: at all hours."""
    default_on: bool
    grade: str

    def holds_at(self, minute: int | None) -> bool:
        """Whether the rule holds at a minute of the day; it does where the time is not known."""
        if minute is None or not self.hours:
            return True
        return any(
            begin <= minute < end if begin < end else minute >= begin or minute < end for begin, end in self.hours
        )


def minute_of_day(clock: str | None) -> int | None:
    """Minutes after midnight of a time HH:MM; None stays None."""
    if clock is None:
        return None
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)
