"""Where the hydrogen of one period comes from: sources, storage-and-transport centres and the links between, by id."""

from __future__ import annotations

from dataclasses import dataclass

from h2plan import domain

Mode = domain.Mode


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
    """Most that it hands on in a day."""
    capex_cny: float
    annual_cost_cny_per_yr: float
    """Annuity and operation while it stands; 0 for one that stands already: its costs are the same in every plan."""
    built: bool = False
    required: bool = False
    """Whether it must stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLink:
    """A way for hydrogen from a source or a centre to a centre or a station, by one mode."""

    origin: str
    """A source or a centre; for production on site the station itself."""
    destination: str
    mode: Mode
    km: float
    cny_per_kg: float
    """Cost of moving one kg; production is priced at the source, on site here."""
    max_kg_per_d: float
    """Largest flow on this link."""
    fixed_cny_per_yr: float = 0.0
    """Yearly cost of having the link at all (a pipe, an electrolyser); 0 where it costs by the kg only."""
    capex_cny: float = 0.0
    """Capital of having the link at all, part of `fixed_cny_per_yr` and of every budget."""
    trailers_per_kg_per_d: float = 0.0
    """Tube trailers (or tankers) that each kg/d keeps busy: cycle hours / (hours a day x net payload)."""
    required: bool = False
    """Whether a link with a fixed charge must stand, because it was laid in an earlier year."""

    @property
    def key(self) -> tuple[str, str, Mode]:
        return (self.origin, self.destination, self.mode)

    @property
    def is_fixed(self) -> bool:
        """Whether having the link is a decision of its own."""
        return self.fixed_cny_per_yr > 0 or self.capex_cny > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Everything a model needs to balance what stations dispense with what sources sell."""

    sources: tuple[SourceTerms, ...]
    centres: tuple[CentreTerms, ...] = ()
    links: tuple[DeliveryLink, ...] = ()
    """Each origin, destination and mode once."""
    trailers_max: int | None = None
    """Trailers and tankers in all; None: as many as it takes."""
