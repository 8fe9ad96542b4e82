"""The list of stations and candidates, for spreadsheets (CSV) and for map programs (GeoJSON)."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from h2plan.outputs._guard import guard
from h2plan.outputs._tables import Cell, Column, columns, headed, rounded
from h2plan.plan.results import Backdrop, Candidate, Plan, Station

POSITION = frozenset({"lon", "lat"})


class Options(BaseModel):
    """How the lists are written."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    language: Literal["zh", "en"] = "zh"
    """Language of the headers and of code words in the CSV files; GeoJSON keeps the English field names."""
    text: Literal["guarded", "exact"] = "guarded"
    """guarded: text that a spreadsheet would run as a formula gets an apostrophe before it; exact: text as it is,
    for machines only."""


def write(plan: Plan, backdrop: Backdrop, folder: Path, options: Options) -> list[Path]:
    """Write stations.csv, candidates.csv and stations.geojson; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    stations, candidates, features = (folder / name for name in ("stations.csv", "candidates.csv", "stations.geojson"))
    _write_csv(stations, columns(Station, options.language), plan.stations, options)
    _write_csv(candidates, columns(Candidate, options.language), plan.candidates, options)
    features.write_text(_geojson(plan.stations), encoding="utf-8", newline="\n")
    return [stations, candidates, features]


def _write_csv(path: Path, table: Sequence[Column], rows: Sequence[Any], options: Options) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        # Lines end in CR LF (RFC 4180): the writer then quotes both, so that no cell can begin a new row.
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([headed(column.label, column.unit, options.language) for column in table])
        for row in rows:
            writer.writerow([_cell(column.read(row), column.unit, options) for column in table])


def _cell(value: Cell, unit: str, options: Options) -> Cell:
    if isinstance(value, str):
        return guard(value) if options.text == "guarded" else value
    return rounded(value, unit)


def _property(station: Station, field: Field[Any]) -> Cell:
    if field.name == "opens" and station.built:
        return None
    return rounded(getattr(station, field.name), field.metadata["unit"])


def _geojson(stations: Sequence[Station]) -> str:
    """Return the stations as a GeoJSON FeatureCollection, WGS-84, six decimals (RFC 7946)."""
    features = [
        {
            "type": "Feature",
            "id": station.site_id,
            "geometry": {"type": "Point", "coordinates": [round(station.lon, 6), round(station.lat, 6)]},
            "properties": {
                field.name: _property(station, field) for field in fields(Station) if field.name not in POSITION
            },
        }
        for station in stations
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
