"""What a source of sites gives back."""

from __future__ import annotations

from dataclasses import dataclass

from h2plan.domain import Site, UnplacedSite


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Sites of one or more sources; rows without a position are kept apart."""

    sites: tuple[Site, ...] = ()
    unplaced: tuple[UnplacedSite, ...] = ()
    notes: tuple[str, ...] = ()
