"""The places of an OpenStreetMap extract as a table that sites are imported from."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from h2plan.errors import InputError
from h2plan.geo.osm_places import read_osm_places

COLUMNS = ("id", "name", "name_en", "kind", "lon", "lat", "precision_m", "owner", "land_m2", "source", "note")


def is_pbf(file: Path) -> bool:
    """Whether a file is an OSM PBF, told by its first bytes."""
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return b"OSMHeader" in stream.read(64)


@contextmanager
def places_table(file: Path, *, say: Callable[[str], None]) -> Iterator[Path]:
    """A table of the places of a PBF file, there as long as the block runs; any other file is passed on as it is.

    Raises:
        InputError: the file is broken, or holds no place at which a station could stand.
        EnvironmentFault: osmium is not installed.
    """
    if not is_pbf(file):
        yield file
        return
    places = read_osm_places(file, where=str(file), on_progress=lambda what, count: say(f"{count:,} {what}"))
    if not places:
        raise InputError("holds no fuel station, service area, toll gate, harbour or logistics area", where=str(file))
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / f"{file.name}.csv"
        with table.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            for place in places:
                note = "position is a point inside the area of the map" if place.area_m2 is not None else ""
                area_m2 = "" if place.area_m2 is None else place.area_m2
                texts = (_plain(place.name), _plain(place.name_en), place.kind, place.lon, place.lat, place.precision_m)
                writer.writerow((place.id, *texts, _plain(place.operator), area_m2, place.source, note))
        yield table


def _plain(text: str) -> str:
    """A name on one line that no spreadsheet takes for a formula."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split()).lstrip("=+-@")
