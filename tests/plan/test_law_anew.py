"""The law applied twice, by the screen and by the re-check, gives the same verdict, size and metres."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from h2plan.domain import Land, Site, SiteKind, StationSize
from h2plan.plan._check_law import law_anew
from h2plan.project import Project
from h2plan.scenario import Scenario
from h2plan.screen import screen
from h2plan.screen.law import read_law
from h2plan.tables.read import read_table
from h2plan.tables.rows import StationSizeRow
from tests.screen.places import GEOD, LAT, LON, point, project, rules_table, site, square, write_layer

KINDS: tuple[SiteKind, ...] = ("logistics_hub", "fuel_station", "gas_station", "quay", "greenfield")
OBJECTS = ("building", "centre", "line")


class MadeUpCase:
    """What the re-check asks of a results folder, without one."""

    def __init__(self, project: Project, sizes: list[StationSizeRow]) -> None:
        self.project = project
        self.sizes = {row.id: row for row in sizes}

    @property
    def scenario(self) -> Scenario:
        return self.project.scenario

    def table(self, relative: str, row_type: Any, **_: bool) -> list[Any]:
        return read_table(self.project.path(relative, where="inputs"), row_type, root=self.project.root)

    @cached_property
    def station_sizes(self) -> tuple[StationSize, ...]:
        return tuple(row.to_size() for row in self.sizes.values())


def some_rules(draw: random.Random) -> list[dict[str, str]]:
    """Return rules of every shape: with and without class, host, metres; read and not."""
    return [
        {
            "id": f"r{number}",
            "clause": f"A {number}",
            "object": draw.choice(OBJECTS),
            "object_zh": "物",
            "object_en": "thing",
            "station_class": draw.choice(["", "", "I", "II", "III"]),
            "host": draw.choice(["", "", "hydrogen", "combined"]),
            "metres": draw.choice(["0", "50", "50", "80", ""]),
            "text_zh": "文",
            "text_en": "text",
            "source": "x",
            "verified": draw.choice(["yes", "yes", "yes", "yes", "no"]),
        }
        for number in range(draw.randint(1, 3))
    ]


def some_layers(draw: random.Random, root: Path) -> dict[str, Any]:
    layers: dict[str, Any] = {}
    for name in (*OBJECTS, "plan_a", "plan_b"):
        if draw.random() < 0.1:
            continue
        things = [draw.choice([point, _area])(draw.uniform(-400, 400)) for _ in range(draw.randint(1, 4))]
        file = write_layer(root / "data" / f"{name}.geojson", things)
        entry: dict[str, Any] = {"file": file, "crs": "wgs84", "verified": draw.random() < 0.9}
        entry["precision_m"] = draw.choice([0, 0, 5])
        if name.startswith("plan"):
            entry["verdict"] = draw.choice(["bar", "warn", "allow"])
            entry["over_storage_kg"] = draw.choice([0, 0, 1500])
            entry["kinds"] = draw.choice([[], [], ["greenfield"]])
        layers[name] = entry
    return layers


def _area(middle_m: float) -> dict[str, Any]:
    return square(middle_m - 60, middle_m + 60)


def some_sites(draw: random.Random) -> list[Site]:
    return [_some_site(draw, number) for number in range(6)]


def _some_site(draw: random.Random, number: int) -> Site:
    lon, lat, _ = GEOD.fwd(LON, LAT, draw.choice([0.0, 180.0]), draw.uniform(0, 300))
    land = Land(
        tank_m3=draw.choice([None, None, 60.0, 150.0, 300.0]),
        land_m2=draw.choice([None, 3000.0, 12000.0]),
        left_turn_ban=draw.choice(["", "yes", "no"]),
    )
    return site(
        f"s{number}",
        kind=draw.choice(KINDS),
        precision_m=draw.choice([0.0, 5.0, 50.0]),
        land=land,
        lon=lon,
        lat=lat,
        max_kg_per_d=draw.choice([None, None, 400.0, 1000.0]),
    )


def section_of(draw: random.Random, root: Path) -> dict[str, Any]:
    layers = some_layers(draw, root)
    rules = some_rules(draw)
    read = {rule["object"] for rule in rules}
    same = {"text_zh": "t", "text_en": "t", "source": "x", "verified": draw.choice(["yes", "no"])}
    needs = [
        {"id": "n1", "column": "land_m2", "from_kg_per_d": "1000", "at_least": "5000", "one_of": "", **same},
        {"id": "n2", "column": "left_turn_ban", "from_kg_per_d": "0", "at_least": "", "one_of": "no", **same},
    ]
    classes = (root / "data/rules/station_classes.csv").read_text(encoding="utf-8-sig")
    if draw.random() < 0.7:
        classes = classes.replace(",no\n", ",yes\n")
    (root / "data" / "classes.csv").write_text(classes, encoding="utf-8")
    return {
        "rules": rules_table(root, rules),
        "classes": "data/classes.csv",
        "class_edition": draw.choice(["2010", "2021"]),
        "land_needs": rules_table(root, needs, name="needs.csv"),
        "layers": {name: entry for name, entry in layers.items() if entry.get("verdict") or name in read},
    }


SIZES = [
    StationSizeRow(
        id=f"S{kg}",
        capacity_kg_per_d=kg,
        capex_cny=1,
        opex_cny_per_yr=1,
        life_yr=10,
        storage_kg=storage,
        source="x",
        verified="yes",
    )
    for kg, storage in ((300, 360), (500, 1200), (1000, 3500), (2000, 9000))
]


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_screen_and_re_check_agree(tmp_path: Path, first: int) -> None:
    """Over ten made-up laws each, and every verdict occurs among them."""
    found = {verdict for seed in range(first, first + 10) for verdict in agreed(tmp_path / str(seed), seed)}
    assert found == {"pass", "review", "barred"}


def agreed(tmp_path: Path, seed: int) -> set[str]:
    """Hold six sites against a made-up law, twice; return the verdicts."""
    draw = random.Random(seed)
    project(tmp_path, {})
    made = project(tmp_path, section_of(draw, tmp_path))
    sites = some_sites(draw)
    case = MadeUpCase(made, SIZES)
    screened = screen(
        sites,
        (),
        city="城",
        required=frozenset(),
        forbidden=frozenset(),
        drop_reviews=False,
        law=read_law(made),
        sizes=case.station_sizes,
    )
    anew = law_anew(case, sites)  # type: ignore[arg-type]
    for verdict in screened.verdicts:
        again = anew[verdict.site_id]
        assert (verdict.verdict, verdict.max_kg_per_d) == (again.verdict, again.largest_kg_per_d)
        for clause in verdict.clauses:
            if clause.measured_m is not None:
                assert any(abs(clause.measured_m - metres) <= 0.1 for metres in again.metres[clause.rule])
    return {verdict.verdict for verdict in screened.verdicts}


@pytest.mark.parametrize("seed", range(10))
def test_a_standing_station_may_grow_as_far_as_screen_and_re_check_agree(tmp_path: Path, seed: int) -> None:
    """It stays whatever the law says; the law says how large it may become."""
    draw = random.Random(seed)
    project(tmp_path, {})
    made = project(tmp_path, section_of(draw, tmp_path))
    sites = [replace(site, built_kg_per_d=200.0) for site in some_sites(draw)]
    case = MadeUpCase(made, SIZES)
    asked = {"city": "城", "required": frozenset[str](), "forbidden": frozenset[str](), "drop_reviews": False}
    law = {"law": read_law(made), "sizes": case.station_sizes}
    kept = screen(sites, (), **asked, **law)  # type: ignore[arg-type]
    grown = screen(sites, (), **asked, **law, extend_standing=True)  # type: ignore[arg-type]
    anew = law_anew(case, sites)  # type: ignore[arg-type]
    assert [verdict.verdict for verdict in grown.verdicts] == ["pass"] * len(sites)
    assert [verdict.max_kg_per_d for verdict in kept.verdicts] == [None] * len(sites)
    for verdict in grown.verdicts:
        assert verdict.max_kg_per_d == anew[verdict.site_id].largest_kg_per_d
