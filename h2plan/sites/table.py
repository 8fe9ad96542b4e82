"""Sites from a table: ports, hubs, fuel stations, hydrogen stations that stand."""

from __future__ import annotations

from h2plan.domain import SiteKind
from h2plan.fields import Datum, Section
from h2plan.project import Project
from h2plan.sites._collected import Collected
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.rows import SiteRow


class Options(Section):
    """A site table and which of its rows to take."""

    file: str
    """CSV table of sites."""
    crs: Datum
    """Datum of its coordinates."""
    kinds: tuple[SiteKind, ...] | None = None
    """Take only rows of these kinds; blank: all."""


def collect(project: Project, options: Options) -> Collected:
    """Read a site table. Rows without a position are returned apart.

    Raises:
        InputError: every fault of the table at once.
    """
    path = project.path(options.file, where="sites")
    region = region_of(project.scenario.region)
    rows = read_table(path, SiteRow, root=project.root, region=region, crs=options.crs)
    taken = [row for row in rows if options.kinds is None or row.kind in options.kinds]
    placed = tuple(row.to_site() for row in taken if row.lon is not None)
    unplaced = tuple(row.to_unplaced() for row in taken if row.lon is None)
    return Collected(sites=placed, unplaced=unplaced)
