"""Which column of a foreign file is which of ours, what its words mean, and what holds for every row."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from h2plan.errors import Fault, InputError
from h2plan.project import read_yaml
from h2plan.tables.row import Row, headers_of

Words = Mapping[str, str]

ALIASES: dict[str, str] = {
    "经度": "lon",
    "纬度": "lat",
    "lng": "lon",
    "longitude": "lon",
    "latitude": "lat",
    "名称": "name",
    "站名": "name",
    "站点名称": "name",
    "类型": "kind",
    "类别": "kind",
    "编号": "id",
    "行政区": "district",
    "区县": "district",
    "城市": "city",
    "来源": "source",
    "备注": "note",
}
"""Headers that lists from map services and bureaus carry, and the column each one stands for."""

KINDS: dict[str, str] = {
    "港口": "port",
    "港区": "port",
    "码头": "quay",
    "物流园": "logistics_hub",
    "物流园区": "logistics_hub",
    "货运枢纽": "logistics_hub",
    "高速服务区": "highway_service",
    "服务区": "highway_service",
    "互通": "interchange",
    "互通立交": "interchange",
    "收费站": "toll_gate",
    "加油站": "fuel_station",
    "加气站": "gas_station",
    "停车场": "depot",
    "公交场站": "depot",
    "新建": "greenfield",
    "空地": "greenfield",
    "地块": "greenfield",
    "加氢站": "hydrogen_station",
}
"""Chinese words for the kinds of site."""


class _MappingFile(BaseModel):
    """A mapping file: three mappings of words to words, each optional."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    every_row: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """How to read the columns of a foreign table."""

    columns: Words = field(default_factory=dict)
    """Header in the file to column of ours, beside the headers that are known anyway."""
    values: Mapping[str, Words] = field(default_factory=dict)
    """Column of ours to what the words in it mean, such as 加油站: fuel_station."""
    every_row: Words = field(default_factory=dict)
    """Column of ours to what it holds where the file leaves it blank or lacks it."""

    def joined(self, other: ColumnMap) -> ColumnMap:
        """Return both together; the other one wins."""
        values = {name: {**self.values.get(name, {}), **words} for name, words in other.values.items()}
        return ColumnMap(
            columns={**self.columns, **other.columns},
            values={**self.values, **values},
            every_row={**self.every_row, **other.every_row},
        )


def read_mapping(path: Path) -> ColumnMap:
    """Read a mapping file: YAML with `columns`, `values` and `every_row`.

    Raises:
        InputError: every fault of the file.
    """
    raw = read_yaml(path)
    try:
        found = _MappingFile.model_validate(raw)
    except ValidationError as error:
        hint = "a mapping file holds columns, values and every_row; each maps text to text"
        raise InputError(
            Fault(where=str(path), column=".".join(map(str, entry["loc"])), message=entry["msg"].lower(), hint=hint)
            for entry in error.errors(include_url=False)
        ) from None
    return ColumnMap(columns=found.columns, values=found.values, every_row=found.every_row)


def pairs(texts: Sequence[str], *, option: str) -> dict[str, str]:
    """Read options written 'left=right'.

    Raises:
        InputError: one that is not, or that stands twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        left, mark, right = (part.strip() for part in text.partition("="))
        if not (left and mark and right):
            raise InputError(Fault(where=option, message=f"{text!r} is not of the form left=right"))
        if left in found:
            raise InputError(Fault(where=option, message=f"{left!r} stands twice"))
        found[left] = right
    return found


def match_columns(
    headers: Sequence[str], row_type: type[Row], mapping: ColumnMap, *, where: str
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the place of each column of ours among the headers, and the headers that none of ours stands for.

    Raises:
        InputError: the mapping names what is neither in the file nor in our table, or two headers mean the same.
    """
    known = {text: name for name, texts in headers_of(row_type).items() for text in (name, *texts)}
    known = {**{text: name for text, name in ALIASES.items() if name in row_type.model_fields}, **known}
    faults = list(_wrong_names(headers, row_type, mapping, where=where))
    places: dict[str, int] = {}
    unused: list[str] = []
    for place, header in enumerate(headers):
        name = mapping.columns.get(header) or _known(known, header, mapping)
        if name is None:
            unused.append(header)
        elif name in places:
            message = f"means {name}, as does {headers[places[name]]!r}"
            faults.append(Fault(where=where, column=header, message=message, hint="map one of them to another column"))
        else:
            places[name] = place
    if faults:
        raise InputError(faults)
    return places, tuple(unused)


def _known(known: Mapping[str, str], header: str, mapping: ColumnMap) -> str | None:
    """Return what a header means by itself, unless another one is mapped to that."""
    name = known.get(header) or known.get(header.casefold())
    return None if name in mapping.columns.values() else name


def _wrong_names(headers: Sequence[str], row_type: type[Row], mapping: ColumnMap, *, where: str) -> Iterator[Fault]:
    for header in mapping.columns:
        if header not in headers:
            near = difflib.get_close_matches(header, headers, n=1)
            hint = f"did you mean {near[0]}?" if near else f"its columns are: {', '.join(headers)}"
            yield Fault(where=where, column=header, message="is mapped but is no column of the file", hint=hint)
    named = (*mapping.columns.values(), *mapping.values, *mapping.every_row)
    for name in dict.fromkeys(named):
        if name not in row_type.model_fields:
            near = difflib.get_close_matches(name, row_type.model_fields, n=1)
            hint = f"did you mean {near[0]}?" if near else f"columns are: {', '.join(row_type.model_fields)}"
            yield Fault(where="mapping", column=name, message="is no column of this table", hint=hint)


def cell(column: str, text: str, mapping: ColumnMap) -> str:
    """Return what a cell of one of our columns holds, once words are translated and blanks filled as told."""
    words: dict[str, Any] = {**(KINDS if column == "kind" else {}), **mapping.values.get(column, {})}
    return str(words.get(text, text)) or mapping.every_row.get(column, "")
