"""One place in two tables is one site: what stands wins over what is thought of."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from h2plan.domain import Site
from h2plan.errors import Fault, InputError
from h2plan.geo.crs import geodesic_km

_RANK = {"yes": 0, "partly": 1, "no": 2}
_SAME_DEGREES = 1e-5
"""About a metre: positions that round to the same multiple are the same place."""
_NAMESAKE_KM = 1.0
"""Rows of one name may lie this far apart beyond the errors of their positions (h2plan assumption, unverified)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Distinct sites, and into which of them the others went."""

    sites: tuple[Site, ...]
    into: Mapping[str, str]
    notes: tuple[str, ...]


def merge(sites: Sequence[Site]) -> Merged:
    """Merge sites of the same name or the same position.

    A station that stands wins, then the better verified row, then the one listed first.

    Raises:
        InputError: two different places carry the same id; rows of the same name that cannot be the same place; a place
            that one row requires and another forbids.
    """
    order = sorted(range(len(sites)), key=lambda n: (not sites[n].is_built, _RANK[sites[n].verified], n))
    kept: list[Site] = []
    into: dict[str, str] = {}
    names: dict[tuple[str, str], int] = {}
    cells: dict[tuple[int, int], int] = {}
    notes: list[str] = []
    faults: list[Fault] = []
    for number in order:
        site = sites[number]
        cell = (round(site.lon / _SAME_DEGREES), round(site.lat / _SAME_DEGREES))
        twin = names.get((site.city, site.name), cells.get(cell))
        if twin is None:
            names[site.city, site.name] = cells[cell] = len(kept)
            kept.append(site)
            continue
        faults += _contradictions(kept[twin], site)
        kept[twin] = _joined(kept[twin], site)
        if site.id != kept[twin].id:
            into[site.id] = kept[twin].id
            notes.append(f"{site.id} ({site.name}) is the same place as {kept[twin].id} ({kept[twin].name}): merged")
    faults += _shared_ids(kept, into)
    if faults:
        raise InputError(faults)
    return Merged(sites=tuple(sorted(kept, key=lambda site: site.id)), into=into, notes=tuple(sorted(notes)))


def _contradictions(winner: Site, other: Site) -> Iterator[Fault]:
    """Yield what speaks against two rows being one place."""
    km = float(geodesic_km(winner.lon, winner.lat, other.lon, other.lat))
    if km > (winner.precision_m + other.precision_m) / 1000 + _NAMESAKE_KM:
        message = f"has the name of {winner.id}, '{winner.name}', but stands {km:,.1f} km from it"
        hint = "one name in a city is one place: give each its own name, or mend the position"
        yield Fault(where="sites", column=other.id, message=message, hint=hint)
    if {winner.status, other.status} == {"required", "forbidden"}:
        message = f"is {other.status}, but {winner.id}, the same place, is {winner.status}"
        yield Fault(where="sites", column=other.id, message=message, hint="clear one of the two in the status column")


def _joined(winner: Site, other: Site) -> Site:
    """Keep what the user fixed on either row."""
    status = winner.status if winner.status != "candidate" else other.status
    bounds = [bound for bound in (winner.max_kg_per_d, other.max_kg_per_d) if bound is not None]
    note = f"{winner.note}; also {other.kind} {other.name}".lstrip("; ")
    return dataclasses.replace(winner, status=status, max_kg_per_d=min(bounds, default=None), note=note)


def _shared_ids(kept: Sequence[Site], into: Mapping[str, str]) -> Iterator[Fault]:
    """Yield the ids that stand for two places, whether both were kept or one went into another place."""
    seen: dict[str, Site] = {}
    for site in kept:
        other = seen.setdefault(site.id, site)
        if other is not site or site.id in into:
            message = (
                f"the id stands for two places, {other.name} and {site.name if other is not site else into[site.id]}"
            )
            yield Fault(where="sites", column=site.id, message=message, hint="give one of them another id")
