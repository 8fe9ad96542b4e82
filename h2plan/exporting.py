"""Lists and layers of a plan made earlier: any format, datum and edition, from its results folder alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from h2plan import plugins
from h2plan.datums import check_crs
from h2plan.errors import Fault, InputError
from h2plan.outputs._labels import Language
from h2plan.outputs._levels import Edition
from h2plan.plan.publish import fresh_files
from h2plan.plan.reopen import reopen, roads_of

FORMATS: Mapping[str, str] = {
    "gpkg": "geopackage",
    "xlsx": "workbook",
    "csv": "csv_tables",
    "geojson": "geojson",
    "parquet": "geoparquet",
    "kml": "kml",
    "shp": "shapefile",
}
"""What a user calls a format, and the output that writes it."""
EXPORT_FOLDER = "export"


@dataclass(frozen=True, kw_only=True)
class Export:
    """What was written, and where."""

    folder: Path
    files: tuple[Path, ...]


def export(
    results: Path,
    *,
    formats: Sequence[str],
    crs: str = "wgs84",
    edition: Edition = "internal",
    language: Language = "zh",
    raw: bool = False,
    out: Path | None = None,
) -> Export:
    """Write the lists of a plan whose re-check passed; files get their names when all of them are whole.

    Raises:
        InputError: no plan here, an unknown format or datum, a format that cannot hold the datum.
        VerificationError: the plan has no certificate, or none that says 'pass' of this plan.json.
        EnvironmentFault: the folder cannot be written, a file is open elsewhere, a library is missing.
    """
    wanted = [(name, _writer(name)) for name in dict.fromkeys(formats)]
    asked = {"crs": check_crs(crs, where="--crs"), "edition": edition, "language": language}
    if raw:
        asked["text"] = "exact"
    writers = [
        (module, plugins.options(module, _fitting(module, name, asked), where=f"--format {name}"))
        for name, module in wanted
    ]
    plan = reopen(results)
    backdrop = roads_of(results, plan)
    final = results / EXPORT_FOLDER if out is None else out
    with fresh_files(final) as folder:
        written = [path.name for module, options in writers for path in module.write(plan, backdrop, folder, options)]
    return Export(folder=final, files=tuple(final / name for name in written))


def _writer(name: str) -> ModuleType:
    if name not in FORMATS:
        hint = f"there are: {', '.join(FORMATS)}"
        raise InputError(Fault(where="--format", value=name, message=f"'{name}' is no format", hint=hint))
    return plugins.find("outputs", FORMATS[name])


def _fitting(module: ModuleType, name: str, asked: Mapping[str, str]) -> dict[str, str]:
    """Return what the writer takes of what was asked; a datum that it cannot hold is refused."""
    known = module.Options.model_fields
    if "crs" not in known and asked["crs"] != "wgs84":
        message = f"{name} files hold WGS 84 only, by the standard of the format"
        raise InputError(Fault(where="--crs", value=asked["crs"], message=message, hint="leave --crs away for it"))
    return {key: value for key, value in asked.items() if key in known}
