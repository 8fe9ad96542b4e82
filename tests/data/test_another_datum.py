"""Wuhan's tables written in another datum are the same Wuhan."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from h2plan.geo.crs import from_wgs84
from h2plan.geo.layers import read_areas, signed_distances_m
from h2plan.prepare import Prepared, prepare
from h2plan.project import load

ROOT = Path(__file__).resolve().parents[2]
DEGREE_M = 111_320.0


def shifted(folder: Path, crs: str) -> Path:
    """Write the project once more with every position in a datum, and the scenario saying so."""
    shutil.copytree(ROOT / "data", folder / "data")
    for path in folder.glob("data/*/*.csv"):
        path.write_text(shifted_table(path.read_text("utf-8-sig"), crs), encoding="utf-8")
    for path in folder.glob("data/*/*.geojson"):
        document = json.loads(path.read_text("utf-8"))
        for feature in document["features"]:
            for ring in feature["geometry"]["coordinates"]:
                ring[:] = [[float(value) for value in from_wgs84(x, y, crs)] for x, y in ring]
        path.write_text(json.dumps(document), encoding="utf-8")
    (folder / "scenarios").mkdir()
    file = folder / "scenarios/t.yaml"
    text = (ROOT / "scenarios/wuhan-2030.yaml").read_text("utf-8")
    file.write_text(text.replace("crs: wgs84", f"crs: {crs}"), encoding="utf-8")
    return file


def shifted_table(text: str, crs: str) -> str:
    header, *records = csv.reader(io.StringIO(text))
    for record in records:
        for x, y in (("lon", "lat"), ("经度", "纬度")):
            if x in header and record[header.index(x)]:
                place = header.index(x), header.index(y)
                pair = from_wgs84(float(record[place[0]]), float(record[place[1]]), crs)
                record[place[0]], record[place[1]] = (repr(float(value)) for value in pair)
        if "via" in header and (line := record[header.index("via")]):
            corners = np.array([[float(value) for value in part.split()] for part in line.split(";")])
            lon, lat = from_wgs84(corners[:, 0], corners[:, 1], crs)
            via = ";".join(f"{east!r} {north!r}" for east, north in zip(lon.tolist(), lat.tolist(), strict=True))
            record[header.index("via")] = via
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *records])
    return out.getvalue()


def positions(prepared: Prepared) -> dict[str, tuple[float, float]]:
    """Every position that a plan rests on, by what it is."""
    network = prepared.network
    places = [*prepared.gathered.sites, *prepared.demand.points, *prepared.demand.terminals, *prepared.sources]
    found = {f"{type(place).__name__} {place.id}": (place.lon, place.lat) for place in places}
    found |= {f"node {node.id}": (node.lon, node.lat) for node in network.nodes}
    return found | {f"via {link.id} {n}": corner for link in network.links for n, corner in enumerate(link.via)}


def on_the_border(prepared: Prepared) -> set[str]:
    """Sites that stand on the line of the city centre itself: the last digit decides on which side."""
    centre = read_areas(ROOT / "data/rules/city_centre.geojson", where="data/rules/city_centre.geojson")
    sites = prepared.gathered.sites
    metres = signed_distances_m(centre, np.array([one.lon for one in sites]), np.array([one.lat for one in sites]))
    return {site.id for site, away_m in zip(sites, metres, strict=True) if abs(away_m) < 1}


@pytest.fixture(scope="module")
def wuhan() -> Prepared:
    return prepare(load(ROOT / "scenarios/wuhan-2030.yaml"))


@pytest.mark.parametrize("crs", ["gcj02", "bd09", "EPSG:4547"])
def test_every_table_of_a_scenario_is_read_in_its_datum(tmp_path: Path, wuhan: Prepared, crs: str) -> None:
    again = prepare(load(shifted(tmp_path, crs)))
    here, there = positions(wuhan), positions(again)
    border = on_the_border(wuhan) | on_the_border(again)
    assert set(here.keys() ^ there.keys()) <= {f"Site {name}" for name in border}
    both = sorted(here.keys() & there.keys())
    gap = np.abs(np.array([here[name] for name in both]) - np.array([there[name] for name in both])) * DEGREE_M
    assert gap.max() < 0.01
    verdicts = [
        {entry.site_id: entry.verdict for entry in one.screening.verdicts if entry.site_id not in border}
        for one in (wuhan, again)
    ]
    assert verdicts[0] == verdicts[1]
