"""Lists of sites from outside become tables of the project, or say everything that is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from h2plan.cli import app
from h2plan.errors import EnvironmentFault, InputError
from h2plan.geo.crs import from_wgs84
from h2plan.sites._import import Imported, SiteImport, import_sites, site_import
from h2plan.tables.mapping import ColumnMap, pairs, read_mapping
from h2plan.tables.read import read_table
from h2plan.tables.rows import SiteRow
from tests.tables.kinds_of_file import KINDS, ROWS, layer, write

TOLD = ColumnMap(every_row={"city": "武汉市", "bank": "none", "precision_m": "20"})
BANK = ["--set", "city=武汉市", "--set", "bank=none", "--set", "precision_m=20"]


def silent(_: str) -> None:
    """Say nothing."""


def bring(file: Path, out: Path, **how: Any) -> Imported:
    options: dict[str, Any] = {"crs": "wgs84", "mapping": TOLD, **how}
    return import_sites(file, out, how=SiteImport(**options), say=silent)


def poi(folder: Path, *rows: str, header: str = "名称,经度,纬度,类型", encoding: str = "utf-8") -> Path:
    path = folder / "poi.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
    return path


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "gb18030"])
def test_every_kind_of_file_becomes_the_same_table(tmp_path: Path, kind: str) -> None:
    done = bring(write(tmp_path, kind), tmp_path / "sites.csv")
    rows = read_table(tmp_path / "sites.csv", SiteRow)
    assert [(row.id, row.name, row.name_en, row.lon, row.lat) for row in rows] == [
        (f"sites-000{n}", name, name, lon, lat) for n, (name, _, lon, lat) in enumerate(ROWS, start=1)
    ]
    assert (done.sites, dict(done.kinds), done.without_position) == (2, {"fuel_station": 1, "highway_service": 1}, 0)


def test_a_list_from_amap_lands_where_it_stands(tmp_path: Path) -> None:
    lon, lat = from_wgs84(114.3, 30.5, "gcj02")
    bring(poi(tmp_path, f"油站,{lon},{lat},加油站"), tmp_path / "s.csv", crs="gcj02")
    (row,) = read_table(tmp_path / "s.csv", SiteRow)
    assert (row.lon, row.lat) == (114.3, 30.5)


def test_what_the_file_lacks_must_be_said_and_is_reported(tmp_path: Path) -> None:
    file = poi(tmp_path, "油站,114.3,30.5,加油站,027", header="名称,经度,纬度,类型,电话")
    with pytest.raises(InputError) as caught:
        bring(file, tmp_path / "s.csv", mapping=ColumnMap())
    told = {fault.column: fault.hint for fault in caught.value.faults}
    assert set(told) == {"city", "bank", "precision_m"}
    assert "--set bank=…" in (told["bank"] or "")
    assert not (tmp_path / "s.csv").exists()
    notes = bring(file, tmp_path / "s.csv").notes
    assert notes[0] == "columns not used: 电话"
    assert "bank = none, city = 武汉市, precision_m = 20, source = imported from poi.csv, verified = no" in notes[1]


def test_all_faults_of_a_list_come_together_and_nothing_is_written(tmp_path: Path) -> None:
    file = poi(tmp_path, "甲,30.5,114.3,加油站", "乙,abc,30.5,加油站", "丙,114.3,30.5,茶馆", ",114.3,30.5,港口")
    with pytest.raises(InputError) as caught:
        bring(file, tmp_path / "s.csv")
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        (2, "lat"),
        (3, "lon"),
        (4, "kind"),
        (5, "name"),
    ]
    assert "looks swapped" in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["poi.csv"]


def test_columns_and_words_are_mapped_by_a_file(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(
        "columns: {站: name, 种: kind, 东: lon, 北: lat}\nvalues: {kind: {油: fuel_station}}\n"
        "every_row: {city: 武汉市, bank: left, precision_m: '5'}\n",
        encoding="utf-8",
    )
    file = poi(tmp_path, "甲,油,114.3,30.5", header="站,种,东,北")
    bring(file, tmp_path / "s.csv", mapping=read_mapping(path))
    (row,) = read_table(tmp_path / "s.csv", SiteRow)
    assert (row.name, row.kind, row.bank, row.precision_m) == ("甲", "fuel_station", "left", 5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("columns: [a]", "columns"),
        ("kolumns: {a: b}", "kolumns"),
        ("every_row: {precision_m: {a: b}}", "every_row.precision_m"),
    ],
)
def test_a_faulty_mapping_file_names_the_place(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_mapping(path)
    assert caught.value.faults[0].column == told


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"站名": "name"}, "is mapped but is no column of the file"),
        ({"名称": "nome"}, "is no column of this table"),
        ({"类型": "name", "名称": "name"}, "means name, as does"),
    ],
)
def test_a_mapping_that_leads_nowhere_is_refused(tmp_path: Path, columns: dict[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        bring(poi(tmp_path, "甲,114.3,30.5,加油站"), tmp_path / "s.csv", mapping=ColumnMap(columns=columns))


def test_a_header_that_is_mapped_gives_way_for_the_one_of_that_name(tmp_path: Path) -> None:
    file = poi(tmp_path, "x,甲,114.3,30.5,加油站", header="name,标题,经度,纬度,类型")
    bring(file, tmp_path / "s.csv", mapping=TOLD.joined(ColumnMap(columns={"标题": "name"})))
    assert read_table(tmp_path / "s.csv", SiteRow)[0].name == "甲"


@pytest.mark.parametrize("texts", [["name"], ["=a"], ["a="], ["a=b", "a=c"]])
def test_an_option_must_be_of_the_form_left_is_right(texts: list[str]) -> None:
    with pytest.raises(InputError, match=r"left=right|stands twice"):
        pairs(texts, option="--map")


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "@SUM(1)", "+cmd", "＝1"])
def test_a_name_that_a_spreadsheet_would_run_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="begins like a formula"):
        bring(poi(tmp_path, f'"{name}",114.3,30.5,加油站'), tmp_path / "s.csv")


def test_a_table_that_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    out.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is there already"):
        bring(write(tmp_path, "csv"), out)
    assert out.read_text("utf-8") == "mine"


@pytest.mark.parametrize(("name", "told"), [("s.txt", "must end in .csv"), ("no/s.csv", "folder that does not exist")])
def test_a_table_goes_into_a_folder_that_is_there_as_csv(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        bring(write(tmp_path, "csv"), tmp_path / name)


def test_a_table_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(EnvironmentFault, match="No space left"):
        bring(write(tmp_path, "csv"), tmp_path / "s.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["t_csv.csv"]


PARAMETERS = {
    "semi_major_m": 6378245.0,
    "inverse_flattening": 298.3,
    "central_meridian_deg": 114.3333,
    "false_easting_m": 812345.0,
    "false_northing_m": -2999876.0,
    "dx_m": -15.8765,
    "dy_m": 151.2345,
    "dz_m": 77.6543,
    "rx_arcsec": 1.2321,
    "ry_arcsec": -2.3432,
    "rz_arcsec": 3.4543,
    "scale_ppm": 5.6765,
    "convention": "coordinate_frame",
}


def parameters(folder: Path, **changes: object) -> Path:
    path = folder / "local.yaml"
    lines = {**PARAMETERS, **changes}
    path.write_text("".join(f"{name}: {value}\n" for name, value in lines.items() if value is not None), "utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["import", "sites", *map(str, arguments)])


def test_no_parameter_of_a_local_system_leaves_with_the_table_or_the_report(tmp_path: Path) -> None:
    from h2plan.tables.local_system import read_local_system

    secret = parameters(tmp_path)
    x, y = from_wgs84(114.31, 30.52, read_local_system(secret))
    file = poi(tmp_path, f"油站,{x},{y},加油站")
    out = tmp_path / "s.csv"
    done = run(file, "--out", out, "--local-system", secret, "--json", *BANK)
    assert done.exit_code == 0, done.output
    (row,) = read_table(out, SiteRow)
    assert (row.lon, row.lat) == pytest.approx((114.31, 30.52), abs=1e-7)
    told = out.read_text("utf-8") + done.output + done.stderr
    assert "a local system" in told
    assert [name for name, value in PARAMETERS.items() if str(value).lstrip("-") in told] == []
    assert str(secret) not in told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"dx_m": None}, "dx_m: is missing"),
        ({"dx_m": "'15,8'"}, "dx_m: is not a possible value"),
        ({"semi_major_m": 6378.245}, "semi_major_m: is not a possible value"),
        ({"height_m": 20}, "height_m: is no parameter"),
        ({"dx_m": "[unclosed"}, "is no readable parameter file"),
    ],
)
def test_a_faulty_parameter_is_named_and_not_quoted(tmp_path: Path, changes: dict[str, object], told: str) -> None:
    done = run(write(tmp_path, "csv"), "--out", tmp_path / "s.csv", "--local-system", parameters(tmp_path, **changes))
    assert done.exit_code == 3
    assert told in done.stderr
    assert not any(text in done.stderr for text in ("15", "6378", "unclosed", "20"))


def test_the_command_line_imports_and_says_what_it_did(tmp_path: Path) -> None:
    lon, lat = from_wgs84(114.3, 30.5, "gcj02")
    file = poi(tmp_path, f"油站,{lon},{lat},加油站", encoding="gb18030")
    done = run(file, "--out", tmp_path / "s.csv", "--crs", "gcj02", "--encoding", "gbk", *BANK)
    assert done.exit_code == 0, done.output
    assert "s.csv: 1 sites, read as gcj02, written in wgs84" in done.stdout
    assert "read 1 rows as csv" in done.stderr
    assert read_table(tmp_path / "s.csv", SiteRow)[0].lon == 114.3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--crs", "gcj20"], "datum 'gcj20' is not known"),
        ([], "does not say in which datum it is"),
        (["--crs", "wgs84", "--local-system", "x"], "not both"),
        (["--crs", "wgs84", "--max-mb", "0.001", "--layer", "a"], "a CSV table has no layers to name"),
        (["--crs", "wgs84", "--encoding", "big5"], "the encoding 'big5' is not known"),
        (["--crs", "wgs84", "--mapping", "no.yaml"], "no.yaml"),
    ],
)
def test_bad_input_exits_with_3_and_a_sentence(tmp_path: Path, arguments: list[str], told: str) -> None:
    done = run(write(tmp_path, "csv"), "--out", tmp_path / "s.csv", *arguments, *BANK)
    assert done.exit_code == 3
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_gbk_that_was_not_declared_is_told_which_option_to_use(tmp_path: Path) -> None:
    done = run(write(tmp_path, "gb18030"), "--out", tmp_path / "s.csv", "--crs", "wgs84")
    assert "if it is, say --encoding gb18030" in done.stderr


def test_the_region_of_a_scenario_bounds_the_sites(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    how = site_import(
        crs="wgs84",
        local_system=None,
        layer=None,
        encoding=None,
        columns=(),
        every_row=("city=武汉市", "bank=none", "precision_m=5"),
        mapping=None,
        scenario=root / "scenarios/wuhan-2030.yaml",
        max_mb=200,
    )
    with pytest.raises(InputError, match="lies outside the region"):
        import_sites(poi(tmp_path, "北京,116.4,39.9,加油站"), tmp_path / "s.csv", how=how, say=silent)


def test_faults_are_written_as_json_on_demand(tmp_path: Path) -> None:
    file = layer(tmp_path / "t.geojson", None, name=["坏"])
    done = run(file, "--out", tmp_path / "s.csv", "--crs", "wgs84", "--json", *BANK)
    report = json.loads(done.stdout)
    assert report["ok"] is False
    assert report["faults"][0]["row"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["t.geojson"]
