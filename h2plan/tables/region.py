"""The region of a scenario, in the form the table reader checks positions with."""

from __future__ import annotations

from h2plan.scenario import RegionSection
from h2plan.tables.positions import Region


def region_of(section: RegionSection) -> Region:
    """Return the rectangle in which every position of a scenario must lie."""
    return Region(*section.lon, *section.lat)
