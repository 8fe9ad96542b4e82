"""A site held against the law of a scenario: class by storage, city centre, buildings, planning layers, land."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from h2plan.domain import Land, Site, Verdict
from h2plan.errors import InputError
from h2plan.screen import Screening, screen
from h2plan.screen.judge import class_of
from h2plan.screen.law import read_law
from h2plan.tables.read import read_table
from h2plan.tables.rows import StationClassRow
from tests.screen.places import ROOT, feature, point, project, rules_table, site, size, square, write_layer

SIZES = [size(300, 360), size(500, 600), size(1000, 1000), size(2000, 2000), size(4000, 6000)]
CLASSES = [row.to_class() for row in read_table(ROOT / "data/rules/station_classes.csv", StationClassRow)]
READ = [
    {
        "id": "building",
        "clause": "A 1",
        "object": "building",
        "object_zh": "楼",
        "object_en": "building",
        "metres": "50",
        "text_zh": "五十米",
        "text_en": "fifty metres",
        "source": "made up",
        "verified": "yes",
    },
    {
        "id": "centre",
        "clause": "A 2",
        "object": "centre",
        "object_zh": "中心区",
        "object_en": "centre",
        "station_class": "I",
        "metres": "0",
        "text_zh": "不建一级",
        "text_en": "no class I",
        "remedy_zh": "减少储氢",
        "remedy_en": "store less",
        "source": "made up",
        "verified": "yes",
    },
]
STORE = [
    {"id": "I", "edition": "e", "host": "hydrogen", "station_class": "I", "storage_over_kg": "3000"},
    {"id": "II", "edition": "e", "host": "hydrogen", "station_class": "II", "storage_over_kg": "1000"},
    {"id": "III", "edition": "e", "host": "hydrogen", "station_class": "III", "storage_over_kg": "0"},
]
MOST = {"I": "8000", "II": "3000", "III": "1000"}


def classes_table(root: Path, *, verified: str = "yes") -> str:
    rows = [
        {
            **row,
            "storage_max_kg": MOST[row["id"]],
            "text_zh": "级",
            "text_en": "class",
            "source": "x",
            "verified": verified,
        }
        for row in STORE
    ]
    return rules_table(root, rows, name="classes.csv")


def held(
    root: Path, section: Mapping[str, Any], sites: Sequence[Site] | None = None, *, drop: bool = False
) -> Screening:
    """Screen sites under a screen section of a scenario."""
    law = read_law(project(root, section))
    return screen(
        sites or [site()],
        (),
        city="城",
        required=frozenset(),
        forbidden=frozenset(),
        drop_reviews=drop,
        law=law,
        sizes=SIZES,
    )


def one(root: Path, section: Mapping[str, Any], place: Site | None = None) -> Verdict:
    return held(root, section, [place or site()]).verdicts[0]


def building(root: Path, metres: float, *, verified: bool = True, precision_m: float = 0.0) -> dict[str, Any]:
    file = write_layer(root / "data" / "building.geojson", [point(metres, name="医院")])
    layer = {"file": file, "crs": "wgs84", "verified": verified, "precision_m": precision_m}
    return {"rules": rules_table(root, READ[:1]), "layers": {"building": layer}}


def centre(root: Path, south_m: float, *, verified: bool = True, classes: str = "yes") -> dict[str, Any]:
    file = write_layer(root / "data" / "centre.geojson", [square(south_m, south_m + 900, name="中心区")])
    return {
        "rules": rules_table(root, READ[1:]),
        "classes": classes_table(root, verified=classes),
        "class_edition": "e",
        "layers": {"centre": {"file": file, "crs": "wgs84", "verified": verified}},
    }


@pytest.mark.parametrize(
    ("metres", "precision_m", "verdict"),
    [(49.9, 0.0, "barred"), (50.1, 0.0, "pass"), (50.1, 5.0, "review"), (55.2, 5.0, "pass")],
)
def test_a_building_fifty_metres_away_on_the_ground(
    tmp_path: Path, metres: float, precision_m: float, verdict: str
) -> None:
    said = one(tmp_path, building(tmp_path, metres), site(precision_m=precision_m))
    assert said.verdict == verdict
    assert said.clauses[0].measured_m == metres
    assert said.clauses[0].object == "楼 医院"


def test_the_error_of_the_layer_adds_to_that_of_the_site(tmp_path: Path) -> None:
    said = one(tmp_path, building(tmp_path, 58.0, precision_m=5.0), site(precision_m=5.0))
    assert (said.verdict, said.precision_m) == ("review", 10.0)


def test_a_layer_nobody_has_confirmed_neither_bars_nor_passes(tmp_path: Path) -> None:
    assert one(tmp_path, building(tmp_path, 10.0, verified=False)).verdict == "review"
    assert one(tmp_path, building(tmp_path, 900.0, verified=False)).verdict == "review"


def test_a_missing_layer_leaves_every_site_at_review_and_is_listed_once(tmp_path: Path) -> None:
    from h2plan.screen.points import open_points

    section = {"rules": rules_table(tmp_path, READ[:1])}
    found = held(tmp_path, section, [site("a"), site("b")])
    assert [verdict.verdict for verdict in found.verdicts] == ["review", "review"]
    assert {verdict.reason for verdict in found.verdicts} == {found.verdicts[0].reason}
    law = read_law(project(tmp_path, section))
    assert law is not None
    points = open_points(law, [site("a"), site("b")], rules_file="r.csv", classes_file="")
    assert [(entry.about, entry.sites) for entry in points] == [("building", 2)]
    assert "building: {file:" in points[0].remedy


def test_review_sites_stay_with_the_largest_size_or_go_as_the_scenario_says(tmp_path: Path) -> None:
    section = {"rules": rules_table(tmp_path, READ[:1])}
    kept = held(tmp_path, section).kept
    assert [entry.max_kg_per_d for entry in kept] == [4000.0]
    assert held(tmp_path, section, drop=True).kept == ()


@pytest.mark.parametrize(("south_m", "largest"), [(-0.1, 2000.0), (0.1, 4000.0)])
def test_only_class_one_is_kept_out_of_a_city_centre(tmp_path: Path, south_m: float, largest: float) -> None:
    # 6,000 kg is class I, 2,000 kg class II, 1,000 kg class III.
    said = one(tmp_path, centre(tmp_path, south_m))
    assert (said.verdict, said.max_kg_per_d) == ("pass", largest)


def test_a_city_centre_within_the_error_leaves_the_largest_size_at_review(tmp_path: Path) -> None:
    said = one(tmp_path, centre(tmp_path, 0.1), site(precision_m=5.0))
    assert (said.verdict, said.max_kg_per_d, said.rule) == ("review", 4000.0, "centre")


def test_what_limits_the_size_is_said_with_what_would_make_more_legal(tmp_path: Path) -> None:
    said = one(tmp_path, centre(tmp_path, -100.0))
    assert (said.rule, said.clause) == ("centre", "A 2")
    assert "store less" in said.remedy
    assert "2,000 kg/d" in said.remedy


def test_an_unconfirmed_centre_or_an_unread_class_bars_nothing(tmp_path: Path) -> None:
    for section in (centre(tmp_path, -100.0, verified=False), centre(tmp_path, -100.0, classes="no")):
        said = one(tmp_path, section)
        assert (said.verdict, said.max_kg_per_d) == ("review", 4000.0)


def test_far_outside_a_confirmed_centre_the_class_does_not_matter(tmp_path: Path) -> None:
    assert one(tmp_path, centre(tmp_path, 500.0, classes="no")).verdict == "pass"


def test_no_size_left_is_barred(tmp_path: Path) -> None:
    said = one(tmp_path, building(tmp_path, 20.0))
    assert (said.verdict, said.max_kg_per_d) == ("barred", 0.0)
    assert held(tmp_path, building(tmp_path, 20.0)).kept == ()


def test_the_bound_of_the_site_table_is_the_smaller_one(tmp_path: Path) -> None:
    assert one(tmp_path, building(tmp_path, 500.0), site(max_kg_per_d=600.0)).max_kg_per_d == 500.0


@pytest.mark.parametrize(
    ("edition", "storage_kg", "label"),
    [
        ("2021", 3000.0, "III"),
        ("2021", 3000.1, "II"),
        ("2021", 5000.1, "I"),
        ("2010", 1000.0, "III"),
        ("2010", 1000.1, "II"),
        ("2010", 4000.1, "I"),
        ("2010", 8000.1, ""),
    ],
)
def test_classes_of_hydrogen_alone_change_at_their_thresholds(edition: str, storage_kg: float, label: str) -> None:
    known = [limit for limit in CLASSES if limit.edition == edition]
    assert class_of(size(1, storage_kg), site(), known).label == label


@pytest.mark.parametrize(
    ("tank_m3", "storage_kg", "label"),
    [(60.0, 1000.0, "III"), (60.0, 1001.0, "II"), (90.0, 2000.0, "II"), (90.0, 2001.0, "I"), (240.0, 1.0, "")],
)
def test_classes_beside_petrol_follow_the_formula(tank_m3: float, storage_kg: float, label: str) -> None:
    # III: 60/120 + 1000/2000 = 1; II: 90/180 + 2000/4000 = 1.
    place = site(kind="fuel_station", land=Land(tank_m3=tank_m3))
    known = [limit for limit in CLASSES if limit.edition == "2021"]
    assert class_of(size(1, storage_kg), place, known).label == label


def test_tanks_of_unknown_volume_leave_the_class_open() -> None:
    assert class_of(SIZES[0], site(kind="fuel_station"), CLASSES).label is None


def test_small_schools_do_not_count_and_unknown_ones_do(tmp_path: Path) -> None:
    features = [point(20.0, name="小", use="school", amount=300), point(45.0, name="大", use="school", amount=501)]
    file = write_layer(tmp_path / "data" / "b.geojson", features)
    section = {
        "rules": "data/rules/china.csv",
        "buildings": "data/rules/protected_buildings.csv",
        "layers": {"important_public_building": {"file": file, "crs": "wgs84", "verified": True}},
    }
    clause = next(entry for entry in one(tmp_path, section).clauses if entry.measured_m is not None)
    assert (clause.object, clause.measured_m) == ("重要公共建筑物 大", 45.0)


def test_a_quay_for_vessels_is_outside_these_rules(tmp_path: Path) -> None:
    said = one(tmp_path, building(tmp_path, 10.0), site(kind="quay"))
    assert (said.verdict, said.rule) == ("review", "outside these rules")


@pytest.mark.parametrize(
    ("verdict", "south_m", "said"),
    [
        ("bar", -0.1, "barred"),
        ("bar", 0.1, "pass"),
        ("warn", -0.1, "review"),
        ("warn", 0.1, "pass"),
        ("allow", -0.1, "pass"),
        ("allow", 0.1, "barred"),
    ],
)
def test_planning_layers_bar_warn_or_allow(tmp_path: Path, verdict: str, south_m: float, said: str) -> None:
    file = write_layer(tmp_path / "data" / "p.geojson", [square(south_m, 900.0)])
    layer = {"file": file, "crs": "wgs84", "verified": True, "verdict": verdict, "document": "鄂政函〔2023〕1号"}
    found = one(tmp_path, {"layers": {"permanent_farmland": layer}})
    assert found.verdict == said
    assert found.clauses[0].clause == "鄂政函〔2023〕1号"


def test_within_its_error_a_site_is_not_known_to_be_outside_a_planning_layer(tmp_path: Path) -> None:
    file = write_layer(tmp_path / "data" / "p.geojson", [square(3.0, 900.0)])
    layer = {"file": file, "crs": "wgs84", "verified": True, "verdict": "bar"}
    assert one(tmp_path, {"layers": {"eco_red_line": layer}}, site(precision_m=5.0)).verdict == "review"


def test_every_polygon_may_carry_its_own_document_and_verdict(tmp_path: Path) -> None:
    features = [square(-500.0, 500.0, verdict="warn", document="文1"), square(700.0, 900.0, verdict="bar")]
    file = write_layer(tmp_path / "data" / "p.geojson", features)
    layer = {"file": file, "crs": "wgs84", "verified": True, "verdict": "bar", "document": "文0"}
    said = one(tmp_path, {"layers": {"land_use_plan": layer}})
    assert (said.verdict, said.clause) == ("review", "文1")


def test_large_storage_is_allowed_in_chemical_parks_only(tmp_path: Path) -> None:
    file = write_layer(tmp_path / "data" / "p.geojson", [square(700.0, 900.0)])
    layer = {"file": file, "crs": "wgs84", "verified": True, "verdict": "allow", "over_storage_kg": 5000}
    said = one(tmp_path, {"layers": {"chemical_park": layer}})
    assert (said.verdict, said.max_kg_per_d) == ("pass", 2000.0)


NEED = {"id": "n", "column": "land_m2", "from_kg_per_d": "1000", "at_least": "5000", "text_zh": "地", "text_en": "land"}


@pytest.mark.parametrize(
    ("land_m2", "verified", "verdict", "largest"),
    [
        (4999.9, "yes", "pass", 500.0),
        (5000.0, "yes", "pass", 4000.0),
        (4999.9, "no", "review", 4000.0),
        (None, "yes", "pass", 4000.0),
    ],
)
def test_land_bounds_the_size_if_the_need_was_read(
    tmp_path: Path, land_m2: float | None, verified: str, verdict: str, largest: float
) -> None:
    needs = rules_table(tmp_path, [{**NEED, "source": "x", "verified": verified}], name="needs.csv")
    said = one(tmp_path, {"land_needs": needs}, site(land=Land(land_m2=land_m2)))
    assert (said.verdict, said.max_kg_per_d) == (verdict, largest)


def test_a_ban_on_left_turns_bars_where_the_need_says_so(tmp_path: Path) -> None:
    need = {
        "id": "n",
        "column": "left_turn_ban",
        "from_kg_per_d": "0",
        "one_of": "no",
        "text_zh": "转",
        "text_en": "turn",
    }
    needs = rules_table(tmp_path, [{**need, "source": "x", "verified": "yes"}], name="needs.csv")
    assert one(tmp_path, {"land_needs": needs}, site(land=Land(left_turn_ban="yes"))).verdict == "barred"
    assert one(tmp_path, {"land_needs": needs}, site(land=Land(left_turn_ban="no"))).verdict == "pass"


def test_storage_at_the_threshold_is_flagged_as_a_major_hazard(tmp_path: Path) -> None:
    section = {**building(tmp_path, 500.0), "major_hazard": "data/rules/major_hazard.csv"}
    clause = next(entry for entry in one(tmp_path, section).clauses if entry.rule == "gb18218-hydrogen")
    assert clause.verdict == "warn"
    assert "4,000 kg/d" in clause.reason  # 6,000 kg of storage are more than 5,000; 2,000 kg are not


def test_without_rules_nothing_changes(tmp_path: Path) -> None:
    assert read_law(project(tmp_path, {})) is None


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"rules": "data/rules/china.csv", "layers": {"hospitals": {}}}, "is read by no rule and has no verdict"),
        (
            {"rules": "data/rules/china.csv", "classes": "data/rules/station_classes.csv", "class_edition": "1999"},
            "1999",
        ),
    ],
)
def test_a_slip_of_the_pen_is_refused(tmp_path: Path, section: dict[str, Any], words: str) -> None:
    if "layers" in section:
        file = write_layer(tmp_path / "data" / "h.geojson", [point(10.0)])
        section = {**section, "layers": {"hospitals": {"file": file, "crs": "wgs84"}}}
    with pytest.raises(InputError, match=words):
        read_law(project(tmp_path, section))


BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[114.0, 30.0], [114.1, 30.1], [114.1, 30.0], [114.0, 30.1], [114.0, 30.0]]],
}


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        (None, "has no geometry"),
        (BOW_TIE, "crosses itself"),
        ({"type": "Point", "coordinates": [500000.0, 3400000.0]}, "are no degrees"),
        ({"type": "Point", "coordinates": []}, "empty|cannot be read"),
        ({"type": "GeometryCollection", "geometries": []}, "points, lines or polygons"),
    ],
)
def test_a_broken_geometry_is_named_by_its_feature(tmp_path: Path, geometry: Any, words: str) -> None:
    broken = {"type": "Feature", "properties": {}, "geometry": geometry}
    file = write_layer(tmp_path / "data" / "b.geojson", [point(10.0), broken])
    section = {"layers": {"lake": {"file": file, "crs": "wgs84", "verdict": "bar"}}}
    with pytest.raises(InputError, match=words) as caught:
        read_law(project(tmp_path, section))
    assert [fault.row for fault in caught.value.faults] == [2]


def test_a_layer_in_a_datum_that_is_not_converted_is_refused(tmp_path: Path) -> None:
    from h2plan.geo.objects import read_things

    write_layer(tmp_path / "data" / "b.geojson", [point(10.0)])
    with pytest.raises(InputError, match="bd9"):
        read_things(tmp_path / "data" / "b.geojson", where="b.geojson", crs="bd9")


def test_a_layer_in_gcj02_is_shifted_back_to_where_it_is(tmp_path: Path) -> None:
    from h2plan.datums import from_wgs84

    lon, lat = point(40.0)["geometry"]["coordinates"]
    east, north = from_wgs84([lon], [lat], "gcj02")
    there = feature({"type": "Point", "coordinates": [float(east[0]), float(north[0])]}, name="医院")
    file = write_layer(tmp_path / "data" / "b.geojson", [there])
    layer = {"file": file, "crs": "gcj02", "verified": True}
    said = one(tmp_path, {"rules": rules_table(tmp_path, READ[:1]), "layers": {"building": layer}})
    assert (said.verdict, said.measured_m) == ("barred", 40.0)
