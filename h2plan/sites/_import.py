"""Sites from any file into a table of ours: converted to WGS 84, checked row by row, written whole or not at all."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from h2plan.datums import Crs, check_crs, spoken
from h2plan.errors import EnvironmentFault, Fault, InputError
from h2plan.project import load
from h2plan.tables.cells import shown
from h2plan.tables.collect import RowsRead, collect_rows
from h2plan.tables.formats._contents import text_of
from h2plan.tables.local_system import read_local_system
from h2plan.tables.mapping import ColumnMap, pairs, read_mapping
from h2plan.tables.open import Opened, Opening, open_table
from h2plan.tables.positions import Region
from h2plan.tables.region import region_of
from h2plan.tables.row import headers_of
from h2plan.tables.rows import SiteRow

CHINA = Region(72.004, 137.8347, 0.8293, 55.8271)
"""Where positions in a Chinese datum lie, unless a scenario says it more narrowly."""
CHINESE = ("cgcs2000", "gcj02", "bd09")
DEGREE_DIGITS = 8
"""About a millimetre."""
_TEXTS = tuple(name for name, info in SiteRow.model_fields.items() if info.annotation is str)
_FORMULA = "=@\t\r＝＠"

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class SiteImport:
    """How to read a file of sites."""

    crs: Crs | None = None
    """Datum of the positions; None: what the file says, if it says anything."""
    opening: Opening = field(default_factory=Opening)
    mapping: ColumnMap = field(default_factory=ColumnMap)
    region: Region | None = None


def site_import(
    *,
    crs: str | None,
    local_system: Path | None,
    layer: str | None,
    encoding: str | None,
    columns: Sequence[str],
    every_row: Sequence[str],
    mapping: Path | None,
    scenario: Path | None,
    max_mb: float,
) -> SiteImport:
    """Put together what a user says on the command line; single words win over the mapping file.

    Raises:
        InputError: an unknown datum, a datum and a local system, a word that is not of the form left=right.
    """
    if crs is not None and local_system is not None:
        raise InputError("give a datum or a local system, not both", where="--crs")
    chosen: Crs | None = None if crs is None else check_crs(crs, where="--crs")
    if local_system is not None:
        chosen = read_local_system(local_system)
    words = ColumnMap(columns=pairs(columns, option="--map"), every_row=pairs(every_row, option="--set"))
    return SiteImport(
        crs=chosen,
        opening=Opening(layer=layer, encoding=encoding, max_bytes=int(max_mb * 1_000_000)),
        mapping=(read_mapping(mapping) if mapping is not None else ColumnMap()).joined(words),
        region=region_of(load(scenario).scenario.region) if scenario is not None else None,
    )


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What came of an import."""

    path: Path
    sites: int
    kinds: Mapping[str, int]
    without_position: int
    crs: str
    notes: tuple[str, ...]


def import_sites(file: Path, out: Path, *, how: SiteImport, say: Say, overwrite: bool = False) -> Imported:
    """Read sites from a file and write them as a site table.

    The kind, the city, the bank and the position error are never guessed: where the file lacks them, the mapping says
    what holds for every row. A row without an id is numbered behind the name of the new table; without an English
    name it carries its own; without a word on verification it counts as not verified.

    Raises:
        InputError: every fault of the file at once; nothing is written then.
        EnvironmentFault: the table cannot be written.
    """
    _check_target(out, overwrite=overwrite)
    say(f"open {file.name}")
    try:
        opened = open_table(file, opening=how.opening)
    except InputError as error:
        raise InputError(_with_way_out(fault) for fault in error.faults) from None
    say(f"read {len(opened.contents.rows):,} {opened.unit}s as {opened.format}")
    told = ColumnMap(every_row={"verified": "no", "source": f"imported from {file.name}"})
    mapping = told.joined(how.mapping)
    region = how.region or (CHINA if how.crs in CHINESE else None)
    found = _rows(opened, how, mapping, region, id_prefix=_prefix(out))
    rows = [SiteRow.model_validate(_with_english(row)) for row in found.rows]
    if faults := list(_formulas(rows, opened.where)):
        raise InputError(faults)
    say(f"write {out}")
    _publish(out, _table(rows))
    return Imported(
        path=out,
        sites=len(rows),
        kinds=dict(sorted(Counter(row.kind for row in rows).items())),
        without_position=sum(not row.is_placed for row in rows),
        crs=spoken(found.crs),
        notes=(*found.notes, *_filled_notes(mapping)),
    )


def _rows(
    opened: Opened, how: SiteImport, mapping: ColumnMap, region: Region | None, *, id_prefix: str
) -> RowsRead[_NamedSite]:
    try:
        return collect_rows(opened, _NamedSite, crs=how.crs, mapping=mapping, region=region, id_prefix=id_prefix)
    except InputError as error:
        raise InputError(_with_way_out(fault) for fault in error.faults) from None


def _with_way_out(fault: Fault) -> Fault:
    """Say how to give a column that a foreign file does not have."""
    if "GB18030" in fault.message:
        return replace(fault, hint="if it is, say --encoding gb18030")
    if fault.message != "is missing from the header":
        return fault
    hint = f"map a column to it with --map HEADER={fault.column}, or give it for every row: --set {fault.column}=…"
    return replace(fault, row=None, message="is in no column of the file", hint=hint)


class _NamedSite(SiteRow):
    """A site whose English name may be missing: foreign lists have none."""

    name_en: str = ""


def _with_english(row: _NamedSite) -> dict[str, object]:
    values = row.model_dump()
    return {**values, "name_en": values["name_en"] or values["name"]}


def _prefix(out: Path) -> str:
    return out.stem.replace(";", "-").replace("_", "-")


def _filled_notes(mapping: ColumnMap) -> Iterator[str]:
    if mapping.every_row:
        filled = ", ".join(f"{name} = {text}" for name, text in sorted(mapping.every_row.items()))
        yield f"where the file has nothing: {filled}; ids are numbered, name_en is the name"


def _formulas(rows: Sequence[SiteRow], where: str) -> Iterator[Fault]:
    """Yield a fault for a text that a spreadsheet would run when the new table is opened in it."""
    for row in rows:
        for name in _TEXTS:
            text = getattr(row, name)
            risky = text[:1] in _FORMULA or (text[:1] in "+-＋－" and not text[1:2].isdigit())
            if text and risky and text not in ("-", "+"):
                message = f"site {row.id}: {shown(text)} begins like a formula of a spreadsheet"
                yield Fault(where=where, column=name, value=text, message=message, hint="change its first character")


def _table(rows: Sequence[SiteRow]) -> str:
    """Write the rows as CSV, leaving out optional columns that no row fills."""
    headers = headers_of(SiteRow)
    fields = SiteRow.model_fields
    used = [
        name
        for name, info in fields.items()
        if info.is_required() or any(getattr(row, name) != info.get_default() for row in rows)
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headers[name][0] for name in used)
    writer.writerows([_cell(name, getattr(row, name)) for name in used] for row in rows)
    return text.getvalue()


def _cell(name: str, value: object) -> str:
    if name in ("lon", "lat") and isinstance(value, float):
        return f"{value:.{DEGREE_DIGITS}f}"
    return text_of(value)


def _check_target(out: Path, *, overwrite: bool) -> None:
    if out.suffix.lower() != ".csv":
        raise InputError("must end in .csv: a table of the project is CSV", where=str(out))
    if not out.parent.is_dir():
        raise InputError("lies in a folder that does not exist", where=str(out))
    if out.exists() and not overwrite:
        hint = "choose another name, or say --overwrite"
        raise InputError(Fault(where=str(out), message="is there already", hint=hint))


def _publish(out: Path, text: str) -> None:
    """Write beside the table and move into place, so that a crash leaves the old one or the new one."""
    draft = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        draft.write_text(text, encoding="utf-8-sig")
        draft.replace(out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise EnvironmentFault(f"{out} cannot be written: {error.strerror}") from error
