"""Where the hydrogen of one period comes from: sources, storage-and-transport centres and the links between, by id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["tube_trailer", "liquid", "pipeline", "on_site"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTerms:
    """A hydrogen source s in one period."""

    id: str
    available_kg_per_d: float
    """Fuel-cell-grade hydrogen for sale: purified output less captive use, never more than the bay can load."""
    smallest_kg_per_d: float = 0.0
    """Least that the source sells, if it sells at all."""
    price_cny_per_kg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreTerms:
    """A site where a storage-and-transport centre c may stand."""

    id: str
    capacity_kg_per_d: float
    capex_cny: float
    annual_cost_cny_per_yr: float
    """Annuity and operation while it stands."""
    built: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLink:
    """A way for hydrogen from a source or a centre to a centre or a station, by one mode."""

    origin: str
    destination: str
    mode: Mode
    km: float
    cny_per_kg: float
    """Cost of moving one kg; production is priced at the source."""
    max_kg_per_d: float
    """Largest flow on this link."""
    fixed_cny_per_yr: float = 0.0
    """Yearly cost of having the link at all (a pipe, an electrolyser); 0 where it costs by the kg only."""
    capex_cny: float = 0.0
    trailers_per_kg_per_d: float = 0.0
    """Tube trailers (or tankers) that each kg/d keeps busy: cycle hours / (hours a day x net payload)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Everything a model needs to balance what stations dispense with what sources sell."""

    sources: tuple[SourceTerms, ...]
    centres: tuple[CentreTerms, ...] = ()
    links: tuple[DeliveryLink, ...] = ()
    trailers_max: int | None = None
