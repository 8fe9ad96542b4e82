"""Every bad table is refused with its file, row, column and a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from h2plan.errors import Fault, InputError
from h2plan.tables import Region, Row, read_table
from h2plan.tables.rows import (
    FleetShareRow,
    RoadLinkRow,
    SiteRow,
    SpeedRow,
    TargetRow,
    TruckRuleRow,
    VehicleClassRow,
)

BAD = Path(__file__).parent.parent / "bad"
WUHAN = Region(113.0, 116.0, 29.5, 32.0)


class Bad(NamedTuple):
    """A bad file and the one fault that must be found in it."""

    file: str
    row: int | None
    column: str | None
    says: str
    row_type: type[Row] = SiteRow
    region: Region | None = WUHAN


FILES = (
    Bad("number_with_unit.csv", 3, "built_kg_per_d", "'1000 kg' is not a number (write the number only"),
    Bad("thousands_separator.csv", 3, "built_kg_per_d", "without thousands separators: 1200"),
    Bad("full_width_digits.csv", 3, "built_kg_per_d", "plain digits: 1200"),
    Bad("decimal_comma.csv", 3, "lon", "a decimal point: 114.55"),
    Bad("range_in_number.csv", 2, "precision_m", "one number, not a range"),
    Bad("degrees_minutes.csv", 2, "lon", "decimal degrees"),
    Bad("nan.csv", 3, "built_kg_per_d", "'NaN' is not a finite number"),
    Bad("infinite.csv", 3, "built_kg_per_d", "'inf' is not a finite number"),
    Bad("too_large.csv", 3, "built_kg_per_d", "is too large"),
    Bad("dash_for_unknown.csv", 3, "precision_m", "leave the cell blank"),
    Bad("negative.csv", 3, "precision_m", "'-5' must not be negative"),
    Bad("zero_capacity.csv", 3, "built_kg_per_d", "'0' must be above 0"),
    Bad("blank_required.csv", 3, "name", "is blank"),
    Bad("bad_choice.csv", 3, "kind", "quay, logistics_hub"),
    Bad("bad_choice.csv", 3, "kind", "did you mean port?"),
    Bad("duplicate_id.csv", 4, "id", "'s0' stands already in row 2"),
    Bad("lon_without_lat.csv", 3, "lat", "is blank although lon is given"),
    Bad("lat_without_lon.csv", 3, "lon", "is blank although lat is given"),
    Bad("precision_missing.csv", 3, "precision_m", "is blank although a position is given"),
    Bad("swapped.csv", 3, "lat", "looks swapped"),
    Bad("metres.csv", 3, "lon", "looks like metres"),
    Bad("outside_region.csv", 3, "lon", "lies outside the region (lon 113 to 116"),
    Bad("swapped_within_globe.csv", 2, "lon", "looks swapped", SiteRow, Region(8.0, 9.0, 53.0, 54.0)),
    Bad("built_without_capacity.csv", 3, "built_kg_per_d", "name that in assumptions"),
    Bad("capacity_without_built.csv", 3, "built_kg_per_d", "although built is under_construction"),
    Bad("unknown_column.csv", 1, "ctiy", "did you mean city?"),
    Bad("unknown_column.csv", 1, "city", "is missing from the header"),
    Bad("missing_column.csv", 1, "source", "as source or 来源"),
    Bad("duplicate_column.csv", 1, "city", "stands twice in the header"),
    Bad("both_headers_of_a_column.csv", 1, "id", "is the same column as 编号"),
    Bad("nameless_column.csv", 1, None, "column 14 has no name"),
    Bad("extra_cell.csv", 3, None, "has 14 cells, the header has 13"),
    Bad("missing_cell.csv", 3, None, "has 2 cells, the header has 13"),
    Bad("blank_row.csv", 3, None, "is blank between other rows (delete the row)"),
    Bad("empty.csv", None, None, "is empty"),
    Bad("blank_first_row.csv", None, None, "the first row must hold the column names"),
    Bad("header_only.csv", None, None, "has a header but no rows"),
    Bad("semicolons.csv", 1, None, "columns are separated by ';'"),
    Bad("tabs.csv", 1, None, "columns are separated by tabs"),
    Bad("unclosed_quote.csv", 3, None, "cannot be split into cells"),
    Bad("nul_byte.csv", 3, None, "NUL byte"),
    Bad("gb18030.csv", 2, None, "looks like GB18030/GBK) (save it as 'CSV UTF-8'"),
    Bad("utf16.csv", None, None, "is written in UTF-16"),
    Bad("workbook.csv", None, None, "is a workbook or zip archive"),
    Bad("example_row.csv", 3, "id", "is the example row of the template"),
    Bad("id_with_semicolon.csv", 2, "id", "cannot be an id"),
    Bad("chinese_headers_bad_cell.csv", 2, "经度", "'东经114' is not a number"),
    Bad("link_via_one_number.csv", 2, "via", "point 2, '114.2', is not 'lon lat'", RoadLinkRow),
    Bad("link_via_swapped.csv", 2, "via", "looks swapped", RoadLinkRow),
    Bad("link_to_itself.csv", 2, "to_node", "a link joins two nodes", RoadLinkRow),
    Bad("link_year.csv", 2, "opened_yr", "201 is not a calendar year", RoadLinkRow),
    Bad("link_zero_length.csv", 2, "length_km", "must be above 0", RoadLinkRow),
    Bad("rule_ids.csv", 2, "links", "has an empty part", TruckRuleRow),
    Bad("speed_twice.csv", 4, "class", "'motorway' stands already in row 2", SpeedRow),
    Bad("share_in_percent.csv", 2, "share", "'45' must not be above 1", FleetShareRow),
    Bad("range_falls.csv", 2, "kg_per_100_km_low", "9 is above kg_per_100_km_base, 8", VehicleClassRow),
    Bad("target_period.csv", 2, "period", "is not a whole number", TargetRow),
)


def faults_of(bad: Bad) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        read_table(BAD / bad.file, bad.row_type, root=BAD, region=bad.region)
    return caught.value.faults


@pytest.mark.parametrize("bad", FILES, ids=lambda bad: f"{Path(bad.file).stem}-{bad.row}-{bad.column}")
def test_a_bad_table_is_refused_at_its_row_and_column(bad: Bad) -> None:
    found = [fault for fault in faults_of(bad) if (fault.row, fault.column) == (bad.row, bad.column)]
    assert len(found) == 1
    assert bad.says in str(found[0])
    assert found[0].where == bad.file


def test_one_slip_makes_one_fault() -> None:
    more_than_one = {"unknown_column.csv", "metres.csv", "several_faults.csv"}
    counts = {bad.file: len(faults_of(bad)) for bad in FILES if bad.file not in more_than_one}
    assert counts == dict.fromkeys(counts, 1)


def test_every_bad_table_has_its_expectation() -> None:
    expected = {bad.file for bad in FILES} | {"several_faults.csv"}
    assert {path.name for path in BAD.glob("*.csv")} == expected


def test_all_faults_of_a_file_come_together() -> None:
    found = {(fault.row, fault.column) for fault in faults_of(Bad("several_faults.csv", None, None, ""))}
    cells = {(2, "kind"), (2, "lon"), (2, "source"), (3, "id"), (3, "precision_m"), (3, "built_kg_per_d")}
    assert found == cells


def test_a_fault_keeps_the_cell_as_it_stands_in_the_file() -> None:
    fault = faults_of(Bad("number_with_unit.csv", None, None, ""))[0]
    assert fault.value == "1000 kg"
