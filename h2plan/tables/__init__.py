"""Tables as files: every fault of a file at once, with file, row, column, value and hint."""

from h2plan.tables.positions import Region
from h2plan.tables.read import read_table
from h2plan.tables.row import Row

__all__ = ["Region", "Row", "read_table"]
