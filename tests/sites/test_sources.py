"""Where stations may stand: tables, places made by rule, and all of them together."""

from __future__ import annotations

from pathlib import Path

import pytest

from h2plan.domain import Site
from h2plan.errors import InputError
from h2plan.project import load
from h2plan.sites import _gather, generate, table
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE, write_project

JUNCTIONS = FILES["data/junctions.csv"]


def made(folder: Path, *, junctions: str = JUNCTIONS, **options: object) -> tuple[list[str], str, tuple[Site, ...]]:
    project = load(write_project(folder, changes={"data/junctions.csv": junctions}))
    raw = {"file": "data/junctions.csv", "crs": "wgs84", **options}
    collected = generate.collect(project, generate.Options.model_validate(raw))
    return [site.id for site in collected.sites], collected.notes[0], collected.sites


def test_a_site_is_made_at_every_way_out(tmp_path: Path) -> None:
    ids, note, _ = made(tmp_path)
    assert ids == ["ic-a", "ic-d", "ic-d2", "ic-w"]
    assert note.startswith("4 sites made by rule at interchange, toll_gate; 0 lay inside")


def test_a_junction_without_a_way_out_carries_no_station(tmp_path: Path) -> None:
    closed = JUNCTIONS.replace("114.3,30.6,100,yes", "114.3,30.6,100,no")
    assert made(tmp_path, junctions=closed)[0] == ["ic-d", "ic-d2", "ic-w"]


def test_a_blank_exit_counts_as_unknown(tmp_path: Path) -> None:
    blank = JUNCTIONS.replace("114.3,30.6,100,yes", "114.3,30.6,100,")
    assert made(tmp_path, junctions=blank, exits=["unknown"])[0] == ["ic-a", "ic-d2"]


def test_only_the_kinds_of_the_rule_are_taken(tmp_path: Path) -> None:
    mixed = JUNCTIONS.replace("Interchange A,interchange", "Interchange A,toll_gate")
    assert made(tmp_path / "gates", junctions=mixed, at=["toll_gate"])[0] == ["ic-a"]
    assert made(tmp_path / "none", junctions=mixed, at=["highway_service"])[0] == []


def test_no_site_is_made_inside_an_excluded_area(tmp_path: Path) -> None:
    ids, note, _ = made(tmp_path, outside=["data/centre.geojson"])
    assert ids == ["ic-d", "ic-d2", "ic-w"]
    assert "1 lay inside an excluded area" in note


def test_two_excluded_areas_both_hold(tmp_path: Path) -> None:
    assert made(tmp_path, outside=["data/centre.geojson", "data/lake.geojson"])[0] == ["ic-d", "ic-d2"]


def test_sites_keep_their_distance_and_the_first_by_id_stays(tmp_path: Path) -> None:
    """From D to its ramp is 0.01 degree of longitude at 30.6 north: 0.959 km."""
    assert made(tmp_path / "near", spacing_km=0.97)[0] == ["ic-a", "ic-d", "ic-w"]
    assert made(tmp_path / "far", spacing_km=0.95)[0] == ["ic-a", "ic-d", "ic-d2", "ic-w"]


def test_spacing_is_counted_from_sites_that_are_kept_only(tmp_path: Path) -> None:
    """In a row of places 1 km apart with 1.5 km between sites, every second one is kept."""
    head, first = JUNCTIONS.splitlines()[0], "{id},{id},N,interchange,小城市,,none,{lon},30.6,100,yes,made up,no"
    rows = [first.format(id=f"p{n}", lon=round(114.3 + n * 0.01043, 5)) for n in range(5)]
    assert made(tmp_path, junctions="\n".join([head, *rows, ""]), spacing_km=1.5)[0] == ["p0", "p2", "p4"]


def test_every_made_site_carries_the_rule(tmp_path: Path) -> None:
    assert all("made by rule: interchange, toll_gate; exit yes/unknown" in site.note for site in made(tmp_path)[2])


def test_the_order_of_the_table_makes_no_difference(tmp_path: Path) -> None:
    head, *rows = JUNCTIONS.splitlines()
    turned = "\n".join([head, *reversed(rows), ""])
    assert made(tmp_path, junctions=turned, spacing_km=3)[0] == ["ic-a", "ic-d", "ic-w"]


def collected(folder: Path, **options: object) -> tuple[list[str], list[str]]:
    project = load(write_project(folder))
    raw = {"file": "data/hydrogen_stations.csv", "crs": "wgs84", **options}
    found = table.collect(project, table.Options.model_validate(raw))
    return [site.id for site in found.sites], [row.id for row in found.unplaced]


def test_rows_without_a_position_are_kept_apart(tmp_path: Path) -> None:
    assert collected(tmp_path) == (["h2-b", "h2-away"], ["h2-lost"])


def test_a_table_can_be_read_for_some_kinds_only(tmp_path: Path) -> None:
    assert collected(tmp_path / "a", kinds=["port"]) == ([], [])
    assert collected(tmp_path / "b", kinds=["hydrogen_station"])[0] == ["h2-b", "h2-away"]


def gathered(folder: Path, old: str = "", new: str = "", **changes: str) -> _gather.Gathered:
    assert old in SCENARIO
    files = {f"data/{name}.csv": text for name, text in changes.items()}
    return _gather.gather(
        load(write_project(folder, changes={SCENARIO_FILE: SCENARIO.replace(old, new) if old else SCENARIO, **files}))
    )


def test_all_sources_together_are_sorted_merged_and_marked(tmp_path: Path) -> None:
    found = gathered(tmp_path)
    assert [site.id for site in found.sites] == ["h2-away", "h2-b", "hub-c", "ic-d", "ic-w", "port-e"]
    assert found.required == {"port-e"}
    assert found.forbidden == {"hub-c"}
    assert [row.id for row in found.unplaced] == ["h2-lost"]
    assert any("hub-b (老站) is the same place as h2-b" in note for note in found.notes)


def test_a_mark_on_a_merged_row_falls_on_the_place_it_went_into(tmp_path: Path) -> None:
    assert gathered(tmp_path, "required: [port-e]", "required: [hub-b]").required == {"h2-b"}


@pytest.mark.parametrize("name", ["nowhere", "h2-lost"])
def test_a_mark_on_no_site_is_a_fault(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"limits.required, {name}: no such site"):
        gathered(tmp_path, "required: [port-e]", f"required: [{name}]")


def with_status(status: str) -> str:
    head, row = FILES["data/ports.csv"].splitlines()
    return f"{head},status\n{row},{status}\n"


def test_the_status_column_marks_sites(tmp_path: Path) -> None:
    found = gathered(tmp_path, "required: [port-e]", "required: []", ports=with_status("required"))
    assert found.required == {"port-e"}


def test_required_by_the_table_and_forbidden_by_the_limits_is_a_contradiction(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="sites, port-e: is required and forbidden at the same time"):
        gathered(
            tmp_path,
            "required: [port-e]\n  forbidden: [hub-c]",
            "forbidden: [port-e]",
            ports=with_status("required"),
        )


def test_forbidden_by_the_table_and_required_by_the_limits_is_a_contradiction(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="port-e: is required and forbidden"):
        gathered(tmp_path, ports=with_status("forbidden"))


def test_faults_of_two_tables_come_together(tmp_path: Path) -> None:
    ports = FILES["data/ports.csv"].replace("114.7", "x")
    hubs = FILES["data/hubs.csv"].replace("114.5,", "y,")
    with pytest.raises(InputError) as caught:
        gathered(tmp_path, ports=ports, hubs=hubs)
    assert {fault.where for fault in caught.value.faults} == {"data/ports.csv", "data/hubs.csv"}
