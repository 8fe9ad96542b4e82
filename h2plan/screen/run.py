"""The screen of a scenario: what it reads, what it says of every site, and what is open for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from h2plan.domain import StationSize
from h2plan.errors import Fault, InputError
from h2plan.geo.layers import Area, read_areas
from h2plan.project import Project
from h2plan.scenario_screen import BarredArea
from h2plan.screen import Screening, screen
from h2plan.screen.hold import OPEN_POINTS
from h2plan.screen.law import Law, read_law
from h2plan.screen.points import open_points
from h2plan.sites import _gather as sites_gather
from h2plan.tables.read import read_table
from h2plan.tables.rows import StationSizeRow

Barred = Sequence[tuple[BarredArea, Sequence[Area]]]


@dataclass(frozen=True, kw_only=True)
class Screened:
    """The sites of a scenario and what the screen says of them: all that is known before roads and demand."""

    project: Project
    gathered: sites_gather.Gathered
    screening: Screening


def screen_sites(project: Project) -> Screened:
    """Read the sites, the law and the planning layers of a scenario, and screen every site.

    Raises:
        InputError: any fault of these inputs, all together; a required site that is barred; no site that is left.
    """
    readers: dict[str, Callable[[], Any]] = {
        "gathered": lambda: sites_gather.gather(project),
        "areas": lambda: read_barred(project),
        "law": lambda: read_law(project),
        "sizes": lambda: read_sizes(project),
    }
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, reader in readers.items():
        try:
            found[name] = reader()
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(dict.fromkeys(faults))
    gathered: sites_gather.Gathered = found.pop("gathered")
    return Screened(project=project, gathered=gathered, screening=screen_places(project, gathered, **found))


def read_barred(project: Project) -> Barred:
    """Read the polygons that the user closes to new stations.

    Raises:
        InputError: every fault of the layers.
    """
    return [
        (area, read_areas(project.path(area.file, where="screen.barred"), where=area.file, crs=area.crs))
        for area in project.scenario.screen.barred
    ]


def read_sizes(project: Project) -> tuple[StationSize, ...]:
    """Read the station sizes.

    Raises:
        InputError: every fault of the table.
    """
    path = project.path(project.scenario.station_sizes, where="station_sizes")
    return tuple(row.to_size() for row in read_table(path, StationSizeRow, root=project.root))


def screen_places(
    project: Project,
    gathered: sites_gather.Gathered,
    *,
    areas: Barred,
    law: Law | None,
    sizes: Sequence[StationSize],
) -> Screening:
    """Screen the sites of a scenario and list what is open for all of them.

    Raises:
        InputError: a required site is barred, or no site is left.
    """
    section = project.scenario.screen
    screening = screen(
        gathered.sites,
        areas,
        city=project.scenario.region.city,
        required=gathered.required,
        forbidden=gathered.forbidden,
        drop_reviews=section.review == "drop",
        law=law,
        sizes=sizes,
        extend_standing=project.scenario.phased.extend_standing,
    )
    if not screening.kept:
        rules = Counter(verdict.rule for verdict in screening.verdicts)
        told = ", ".join(f"'{rule}' sets aside {count}" for rule, count in sorted(rules.items()))
        raise InputError(f"no site is left after the screen: {told or 'there is none'}", where="sites")
    if law is None:
        return screening
    asked = {verdict.site_id for verdict in screening.verdicts if verdict.clauses or verdict.rule == OPEN_POINTS}
    concerned = [site for site in gathered.sites if site.id in asked]
    points = open_points(law, concerned, rules_file=section.rules or "", classes_file=section.classes or "")
    return replace(screening, points=points)


def notes_of(gathered: sites_gather.Gathered) -> tuple[str, ...]:
    """Return sentences for the reader: what was merged, what has no position."""
    unplaced = (f"{row.id} ({row.name}): no position is known; it cannot be placed" for row in gathered.unplaced)
    return (*gathered.notes, *unplaced)
