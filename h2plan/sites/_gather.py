"""All sources of sites of a scenario, merged into distinct places."""

from __future__ import annotations

from dataclasses import dataclass

from h2plan import plugins
from h2plan.domain import Site, UnplacedSite
from h2plan.errors import Fault, InputError
from h2plan.project import Project
from h2plan.sites._collected import Collected
from h2plan.sites._merge import MergedRow, merge


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Distinct sites of a scenario, sorted by id, with the user's required and forbidden marks resolved."""

    sites: tuple[Site, ...]
    unplaced: tuple[UnplacedSite, ...]
    required: frozenset[str]
    forbidden: frozenset[str]
    notes: tuple[str, ...]
    merged: tuple[MergedRow, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """Return every site id, those without a position included."""
        return frozenset({site.id for site in self.sites} | {row.id for row in self.unplaced})


def gather(project: Project) -> Gathered:
    """Read and merge every source of sites.

    Raises:
        InputError: faults of the tables, ids that name no site, a site both required and forbidden.
    """
    collected: list[Collected] = []
    faults: list[Fault] = []
    for number, entry in enumerate(project.scenario.sites):
        module = plugins.find("sites", entry.use)
        try:
            options = plugins.options(module, entry.options, where=f"sites[{number}] ({entry.use})")
            collected.append(module.collect(project, options))
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    merged = merge([site for part in collected for site in part.sites], project.scenario.merge)
    required, forbidden = _marks(project, merged.sites, dict(merged.into))
    return Gathered(
        sites=merged.sites,
        unplaced=tuple(row for part in collected for row in part.unplaced),
        required=required,
        forbidden=forbidden,
        notes=tuple(note for part in collected for note in part.notes) + merged.notes,
        merged=merged.rows,
    )


def _marks(project: Project, sites: tuple[Site, ...], into: dict[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """Resolve required and forbidden sites from the limits and from the status column."""
    known = {site.id for site in sites}
    limits = project.scenario.limits
    faults: list[Fault] = []
    marks: dict[str, set[str]] = {"required": set(), "forbidden": set()}
    for mark, ids in (("required", limits.required), ("forbidden", limits.forbidden)):
        marks[mark] = {site.id for site in sites if site.status == mark}
        for name in ids:
            place = into.get(name, name)
            if place in known:
                marks[mark].add(place)
            else:
                hint = "ids are in the site tables; rows without a position cannot be required"
                faults.append(Fault(where=f"limits.{mark}", column=name, message="no such site", hint=hint))
    both = sorted(marks["required"] & marks["forbidden"])
    faults += [Fault(where="sites", column=name, message="is required and forbidden at the same time") for name in both]
    if faults:
        raise InputError(faults)
    return frozenset(marks["required"]), frozenset(marks["forbidden"])
