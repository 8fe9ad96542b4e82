"""The nouns of siting law, as frozen values; standard library only. What they say is data, read from tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from h2plan.domain import SiteKind

Host = Literal["hydrogen", "combined"]
"""A station for hydrogen alone, or one that shares its site with petrol tanks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A clause that keeps stations away from objects of one class, or out of (into) areas."""

    id: str
    clause: str
    object: str
    """The layer that holds the objects."""
    object_zh: str
    object_en: str
    station_class: str = ""
    """The class it binds; blank: every class."""
    host: Host | None = None
    """Which stations it binds; None: both."""
    metres: float | None
    """Measured less position error must exceed this; 0: outside the area; None: the figure is not known."""
    inside: bool = False
    """True: the station must stand inside an object, by more than the position error."""
    warns: bool = False
    """True: nearness is for review, it never bars."""
    kinds: frozenset[SiteKind] = frozenset()
    """Kinds of site it binds; empty: all."""
    over_storage_kg: float = 0.0
    """It binds stations that store more than this."""
    text_zh: str
    text_en: str
    remedy_zh: str = ""
    remedy_en: str = ""
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassLimit:
    """A station class by what is stored: hydrogen alone, or hydrogen beside petrol."""

    edition: str
    host: Host
    station_class: str
    storage_over_kg: float = 0.0
    storage_max_kg: float | None = None
    petrol_m3: float | None = None
    hydrogen_kg: float | None = None
    verified: bool

    def holds(self, storage_kg: float, tank_m3: float) -> bool:
        """Whether a station with this storage falls under the class: V/petrol_m3 + G/hydrogen_kg <= 1 if combined."""
        if self.petrol_m3 is not None and self.hydrogen_kg is not None:
            return tank_m3 / self.petrol_m3 + storage_kg / self.hydrogen_kg <= 1
        most = float("inf") if self.storage_max_kg is None else self.storage_max_kg
        return self.storage_over_kg < storage_kg <= most


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardThreshold:
    """Storage from which a station counts as a major hazard installation."""

    id: str
    clause: str
    threshold_kg: float
    text_zh: str
    text_en: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingUse:
    """From which size a building of one use is an object of the rules."""

    use: str
    object: str
    at_least: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LandNeed:
    """What stations from one capacity up need of a column on land and access."""

    id: str
    column: str
    from_kg_per_d: float
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] = ()
    kinds: frozenset[SiteKind] = frozenset()
    text_zh: str
    text_en: str
    verified: bool

    def met_by(self, value: float | str) -> bool:
        """Whether a known cell meets the need."""
        if isinstance(value, str):
            return value in self.one_of
        low = float("-inf") if self.at_least is None else self.at_least
        high = float("inf") if self.at_most is None else self.at_most
        return low <= value <= high

    @property
    def asks(self) -> str:
        """The requirement as a sign and a figure, or the list of values."""
        if self.one_of:
            return "/".join(self.one_of)
        low = "" if self.at_least is None else f"≥ {self.at_least:,g}"
        high = "" if self.at_most is None else f"≤ {self.at_most:,g}"
        return " ".join(filter(None, (low, high)))
