"""One place in two tables is one site: what stands wins over what is thought of."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from h2plan.domain import Site
from h2plan.errors import Fault, InputError

_RANK = {"yes": 0, "partly": 1, "no": 2}
_SAME_DEGREES = 1e-5
"""About a metre: closer places are the same place."""


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
        InputError: two different places carry the same id.
    """
    order = sorted(range(len(sites)), key=lambda n: (not sites[n].is_built, _RANK[sites[n].verified], n))
    kept: list[Site] = []
    into: dict[str, str] = {}
    names: dict[tuple[str, str], int] = {}
    cells: dict[tuple[int, int], int] = {}
    notes: list[str] = []
    for number in order:
        site = sites[number]
        cell = (round(site.lon / _SAME_DEGREES), round(site.lat / _SAME_DEGREES))
        twin = names.get((site.city, site.name), cells.get(cell))
        if twin is None:
            names[site.city, site.name] = cells[cell] = len(kept)
            kept.append(site)
            continue
        kept[twin] = _joined(kept[twin], site)
        if site.id != kept[twin].id:
            into[site.id] = kept[twin].id
            notes.append(f"{site.id} ({site.name}) is the same place as {kept[twin].id} ({kept[twin].name}): merged")
    _refuse_shared_ids(kept)
    return Merged(sites=tuple(sorted(kept, key=lambda site: site.id)), into=into, notes=tuple(sorted(notes)))


def _joined(winner: Site, other: Site) -> Site:
    """Keep what the user fixed on either row."""
    status = winner.status if winner.status != "candidate" else other.status
    bounds = [bound for bound in (winner.max_kg_per_d, other.max_kg_per_d) if bound is not None]
    note = f"{winner.note}; also {other.kind} {other.name}".lstrip("; ")
    return dataclasses.replace(winner, status=status, max_kg_per_d=min(bounds, default=None), note=note)


def _refuse_shared_ids(sites: Sequence[Site]) -> None:
    seen: dict[str, Site] = {}
    faults = []
    for site in sites:
        other = seen.setdefault(site.id, site)
        if other is not site:
            message = f"the id stands for two places, {other.name} and {site.name}"
            faults.append(Fault(where="sites", column=site.id, message=message, hint="give one of them another id"))
    if faults:
        raise InputError(faults)
