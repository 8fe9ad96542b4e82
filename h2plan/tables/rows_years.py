"""Rows of plans of several years: stations that are decided already."""

from __future__ import annotations

from typing import ClassVar

from h2plan.tables.cells import Id, Text, Year, YesNo
from h2plan.tables.row import Row


class DecidedStationRow(Row):
    """A new station that is decided: from one year on a size stands at a site, until a later row says otherwise."""

    key: ClassVar[tuple[str, ...]] = ("site_id", "period")

    site_id: Id
    period: Year
    size_id: Id
    at_70_mpa: YesNo = "no"
    """Whether it fills at 70 MPa from that year on."""
    source: Text = ""
