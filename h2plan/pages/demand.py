"""The demand of a scenario as files: page, ledger, workbook, GeoPackage and figures, swapped in whole.

They stand in results/<scenario>/, beside the plan where one is there: `publish` replaces them alone.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from h2plan.estimating import Estimate
from h2plan.outputs._labels import Language
from h2plan.pages import _layers, _sheets
from h2plan.pages._changes import Changes, compare, hashes
from h2plan.pages._page import write_page
from h2plan.pages._page_data import DRAWS, SEED
from h2plan.pages.beside import FACTS, FILES, LAYERS, LEDGER, PAGE, WORKBOOK, stale
from h2plan.plan.files import RUN_FILE, fresh_folder, refuse_foreign, to_json


@dataclass(frozen=True, kw_only=True)
class Published:
    """Where the demand of a scenario was written to, and what to tell its reader."""

    folder: Path
    files: tuple[Path, ...]
    changes: Changes | None
    notes: tuple[str, ...]


def publish(
    estimate: Estimate, *, out: Path | None = None, against: Estimate | None = None, language: Language = "zh"
) -> Published:
    """Write the demand files into results/<scenario>/ or `out`, never half; a plan that stands there stays.

    Raises:
        InputError: `against` has no year in common with the estimate.
        EnvironmentFault: the folder cannot be written, or holds what h2plan has not written.
    """
    project = estimate.project
    final = (out if out is not None else project.root / "results" / project.scenario.name).resolve()
    refuse_foreign(final)
    changes = compare(estimate, against) if against is not None else None
    with fresh_folder(final) as folder:
        if final.exists():
            shutil.copytree(final, folder, dirs_exist_ok=True, symlinks=True)
        for name in FILES:
            (folder / name).unlink(missing_ok=True)
        written = write(estimate, folder, changes=changes, language=language)
        if not (folder / RUN_FILE).exists():
            (folder / RUN_FILE).write_text(_run(estimate), encoding="utf-8")
    return Published(
        folder=final,
        files=tuple(final / path.name for path in written),
        changes=changes,
        notes=(*_notes(estimate), *stale(final)),
    )


def write(estimate: Estimate, folder: Path, *, changes: Changes | None, language: Language) -> list[Path]:
    """Write the five files of a demand into a folder; equal demand gives equal bytes."""
    _sheets.write_csv(estimate, folder / LEDGER, language=language)
    _sheets.write_workbook(estimate, changes, folder / WORKBOOK, language=language)
    _layers.write_geopackage(estimate, folder / LAYERS)
    (folder / FACTS).write_text(
        to_json({**facts(estimate, changes), "inputs": hashes(estimate.project)}), encoding="utf-8"
    )
    write_page(estimate, folder / PAGE, changes=changes, language=language)
    return [folder / name for name in FILES]


def facts(estimate: Estimate, changes: Changes | None) -> dict[str, Any]:
    """Return the figures of a demand as plain values: totals by year, sums by class, source and district, ranges."""
    draws = estimate.draws(DRAWS, SEED)
    years = {
        str(year): {
            "vehicles": estimate.fleet.total(year),
            "kg_per_d": dataclasses.asdict(estimate.total(year)),
            "peak_kg_per_h": dataclasses.asdict(estimate.peak_kg_per_h(year)),
            "signed_kg_per_d": estimate.signed_kg_per_d(year),
            "quantiles_kg_per_d": dict(zip(("p5", "p50", "p95"), draws.quantiles(year), strict=True)),
            "anchors": [dataclasses.asdict(anchor) for anchor in estimate.anchors(year)],
            "adoption": next(row.sentence for row in estimate.adoption if row.period == year),
        }
        for year in estimate.periods
    }
    found: dict[str, Any] = {
        "scenario": estimate.project.scenario.name,
        "years": years,
        "rows": _records(estimate.by("vehicle_class", "use", "role", "district")),
        "provenance": _records(estimate.by("use", "verified", "source", "assumption")),
        "assumptions": [dataclasses.asdict(row) for row in estimate.assumptions],
        "warnings": list(estimate.warnings),
        "remarks": [note for note in _notes(estimate) if note not in estimate.warnings],
        "fits": list(estimate.fits),
        "draws": {"n": DRAWS, "seed": SEED},
    }
    return found if changes is None else {**found, "changes": dataclasses.asdict(changes)}


def _notes(estimate: Estimate) -> tuple[str, ...]:
    """Return what the reader should know, the fits of matrices apart."""
    return tuple(note for note in estimate.demand.notes if note not in estimate.fits)


def _records(frame: Any) -> list[dict[str, Any]]:
    """Return the rows of a frame as plain values."""
    return [
        {
            name: value if isinstance(value, str) else getattr(value, "item", lambda value=value: value)()
            for name, value in row.items()
        }
        for row in frame.to_dict("records")
    ]


def _run(estimate: Estimate) -> str:
    """What changes from run to run stands here and nowhere else."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"scenario": estimate.project.scenario.name, "demand_written": now}, indent=1) + "\n"
