"""One place in two tables is one site: what stands wins over what is thought of."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from h2plan.domain import Site
from h2plan.errors import Fault, InputError
from h2plan.geo.alike import Grid, apart_m, likeness, plain_name
from h2plan.scenario_screen import MergeSection

_RANK = {"yes": 0, "partly": 1, "no": 2}
_NAMESAKE_KM = 1.0
"""Rows of one name may lie this far apart beyond the errors of their positions (h2plan assumption, unverified)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedRow:
    """A row that went into another: which, why they are one place, and why the other row won."""

    kept: str
    kept_name: str
    gone: str
    gone_name: str
    apart_m: float
    same_because: str
    won_because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Distinct sites, and into which of them the others went."""

    sites: tuple[Site, ...]
    into: Mapping[str, str]
    notes: tuple[str, ...]
    rows: tuple[MergedRow, ...] = ()


def merge(sites: Sequence[Site], section: MergeSection | None = None) -> Merged:
    """Merge rows of the same name in a city, of the same position, and, if asked for, near rows of similar names.

    A station that stands wins, then the better verified row, then the one listed first.

    Raises:
        InputError: two different places carry the same id; rows of the same name that cannot be the same place; a place
            that one row requires and another forbids.
    """
    by = _Known(section or MergeSection())
    order = sorted(range(len(sites)), key=lambda n: (not sites[n].is_built, _RANK[sites[n].verified], n))
    kept: list[Site] = []
    into: dict[str, str] = {}
    rows: list[MergedRow] = []
    faults: list[Fault] = []
    for number in order:
        site = sites[number]
        twin, because = by.twin(site)
        if twin is None:
            by.add(len(kept), site)
            kept.append(site)
            continue
        faults += _contradictions(kept[twin], site)
        if site.id != kept[twin].id:
            into[site.id] = kept[twin].id
            rows.append(_row(kept[twin], site, because))
        kept[twin] = _joined(kept[twin], site)
    faults += _shared_ids(kept, into)
    if faults:
        raise InputError(faults)
    notes = (f"{row.gone} ({row.gone_name}) is the same place as {row.kept} ({row.kept_name}): merged" for row in rows)
    return Merged(
        sites=tuple(sorted(kept, key=lambda site: site.id)),
        into=into,
        notes=tuple(sorted(notes)),
        rows=tuple(sorted(rows, key=lambda row: (row.kept, row.gone))),
    )


class _Known:
    """The places kept so far, by name and by position."""

    def __init__(self, section: MergeSection) -> None:
        self._section = section
        self._names: dict[tuple[str, str], int] = {}
        self._plain: list[str] = []
        self._places: list[Site] = []
        self._grid = Grid(max(section.same_place_m, section.similar_m))

    def add(self, number: int, site: Site) -> None:
        name = plain_name(site.name, self._section.drop_words)
        self._names.setdefault((site.city, name), number)
        self._plain.append(name)
        self._places.append(site)
        self._grid.add(number, site)

    def twin(self, site: Site) -> tuple[int | None, str]:
        """Return the place that a row stands for, if it is known, and why."""
        name = plain_name(site.name, self._section.drop_words)
        known = self._names.get((site.city, name))
        if known is not None:
            return known, "same name"
        near = [(apart_m(self._places[number], site), number) for number in self._grid.near(site)]
        for metres, number in sorted(near):
            if metres <= self._section.same_place_m:
                return number, "same position"
            if metres <= self._section.similar_m:
                alike = likeness(name, self._plain[number])
                if alike >= self._section.likeness:
                    return number, f"near, and names {alike:.0%} alike"
        return None, ""


def _row(winner: Site, other: Site, because: str) -> MergedRow:
    if winner.is_built and not other.is_built:
        won = "stands already"
    elif _RANK[winner.verified] < _RANK[other.verified]:
        won = f"verified {winner.verified} against {other.verified}"
    else:
        won = "listed first"
    return MergedRow(
        kept=winner.id,
        kept_name=winner.name,
        gone=other.id,
        gone_name=other.name,
        apart_m=round(apart_m(winner, other), 1),
        same_because=because,
        won_because=won,
    )


def _contradictions(winner: Site, other: Site) -> Iterator[Fault]:
    """Yield what speaks against two rows being one place."""
    km = apart_m(winner, other) / 1000
    if km > (winner.precision_m + other.precision_m) / 1000 + _NAMESAKE_KM:
        message = f"has the name of {winner.id}, '{winner.name}', but stands {km:,.1f} km from it"
        hint = "one name in a city is one place: give each its own name, or mend the position"
        yield Fault(where="sites", column=other.id, message=message, hint=hint)
    if {winner.status, other.status} == {"required", "forbidden"}:
        message = f"is {other.status}, but {winner.id}, the same place, is {winner.status}"
        yield Fault(where="sites", column=other.id, message=message, hint="clear one of the two in the status column")


def _joined(winner: Site, other: Site) -> Site:
    """Keep what the user fixed on either row, and what only one of them knows of the land."""
    status = winner.status if winner.status != "candidate" else other.status
    bounds = [bound for bound in (winner.max_kg_per_d, other.max_kg_per_d) if bound is not None]
    months = [left for left in (winner.approval_months_left, other.approval_months_left) if left is not None]
    note = f"{winner.note}; also {other.kind} {other.name}".lstrip("; ")
    return dataclasses.replace(
        winner,
        status=status,
        max_kg_per_d=min(bounds, default=None),
        approval_months_left=max(months, default=None),
        note=note,
        land=winner.land.filled(other.land),
    )


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
