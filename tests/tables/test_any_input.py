"""Whatever a file holds, reading it gives rows or an InputError, and nothing else."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from h2plan.errors import InputError
from h2plan.tables import Region, Row, read_table, rows
from h2plan.tables.row import headers_of

ROW_TYPES: list[type[Row]] = [getattr(rows, name) for name in rows.__all__]
REGION = Region(113.0, 116.0, 29.5, 32.0)
ODD = [
    "",
    " ",
    "0",
    "-1",
    "1e400",
    "NaN",
    "１２",
    "1,2",
    "yes",
    "no",
    "left",
    "114.3",
    "30.6",
    "a;b",
    ";",
    "1 2;3 4",
    "''",
]
CELLS = st.one_of(st.sampled_from(ODD), st.text(max_size=12), st.floats().map(str), st.integers().map(str))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "t.csv"


def outcome(path: Path, row_type: type[Row], data: bytes) -> list[Row] | InputError:
    path.write_bytes(data)
    try:
        return list(read_table(path, row_type, root=path.parent, region=REGION))
    except InputError as error:
        return error


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200), row_type=st.sampled_from(ROW_TYPES))
def test_any_bytes(path: Path, data: bytes, row_type: type[Row]) -> None:
    error = outcome(path, row_type, data)
    assert isinstance(error, InputError)
    assert {fault.where for fault in error.faults} == {"t.csv"}


@settings(max_examples=100, deadline=None)
@given(data=st.text(max_size=200), row_type=st.sampled_from(ROW_TYPES))
def test_any_text_under_the_right_header(path: Path, data: str, row_type: type[Row]) -> None:
    header = ",".join(texts[0] for texts in headers_of(row_type).values())
    outcome(path, row_type, f"{header}\n{data}".encode())


@settings(max_examples=200, deadline=None)
@given(draw=st.data(), row_type=st.sampled_from(ROW_TYPES))
def test_any_cells_under_the_right_header(path: Path, draw: st.DataObject, row_type: type[Row]) -> None:
    header = [texts[0] for texts in headers_of(row_type).values()]
    records = draw.draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), max_size=3))
    text = io.StringIO()
    csv.writer(text).writerows([header, *records])
    outcome(path, row_type, text.getvalue().encode())
