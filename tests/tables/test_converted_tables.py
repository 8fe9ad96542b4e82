"""Tables in other datums: converted where they are read, faults told in words that fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from h2plan.datums import from_wgs84, to_wgs84
from h2plan.errors import InputError
from h2plan.tables.positions import Region
from h2plan.tables.read import read_table
from h2plan.tables.rows import RiverRow, RoadLinkRow, SiteRow, TownRow

WUHAN = Region(113.3, 115.6, 29.6, 31.7)
HEAD = "id,name,name_en,district,bank,lon,lat,precision_m,source,verified\n"


def town(folder: Path, *positions: tuple[str, str]) -> Path:
    path = folder / "t.csv"
    rows = [f"t{n},a,b,c,none,{lon},{lat},10,s,no\n" for n, (lon, lat) in enumerate(positions)]
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("crs", ["gcj02", "bd09", "EPSG:4547", "EPSG:32650"])
def test_a_position_in_any_datum_is_read_as_wgs84(tmp_path: Path, crs: str) -> None:
    lon, lat = from_wgs84(114.3, 30.5, crs)
    (row,) = read_table(town(tmp_path, (repr(float(lon)), repr(float(lat)))), TownRow, region=WUHAN, crs=crs)
    assert (row.lon, row.lat) == pytest.approx((114.3, 30.5), abs=1e-10)


def test_wgs84_and_cgcs2000_are_read_as_they_stand(tmp_path: Path) -> None:
    path = town(tmp_path, ("114.300000001", "30.5"))
    assert read_table(path, TownRow) == read_table(path, TownRow, crs="cgcs2000")


def test_the_points_of_a_line_are_converted_as_well(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    cells = {"id": "l", "from_node": "a", "to_node": "b", "class": "trunk", "length_km": "1", "precision_m": "10"}
    cells |= {"via": "114.3 30.5;114.4 30.6", "source": "s"}
    path.write_text(",".join(cells) + "\n" + ",".join(cells.values()) + "\n", encoding="utf-8")
    (row,) = read_table(path, RoadLinkRow, crs="gcj02")
    lon, lat = to_wgs84([114.3, 114.4], [30.5, 30.6], "gcj02")
    assert np.allclose(row.via, np.column_stack([lon, lat]), atol=1e-12)


def test_a_cell_that_is_no_number_is_told_as_ever(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_table(town(tmp_path, ("abc", "30.5"), ("114.3", "")), TownRow, crs="gcj02")
    assert [fault.row for fault in caught.value.faults] == [2, 3]
    assert "'abc' is not a number" in str(caught.value)


def test_what_lies_outside_is_told_as_read_from_the_datum(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"lies outside the region .*, read as EPSG:4547"):
        read_table(town(tmp_path, ("530000", "4380000")), TownRow, region=WUHAN, crs="EPSG:4547")


def test_what_cannot_be_converted_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be converted from EPSG:4547"):
        read_table(town(tmp_path, ("999999999999", "3380000")), TownRow, crs="EPSG:4547")


def test_swapped_positions_in_a_chinese_datum_look_swapped(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="looks swapped"):
        read_table(town(tmp_path, ("30.5", "114.3")), TownRow, region=WUHAN, crs="gcj02")


def test_an_unknown_datum_stops_the_reading(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="datum 'wgs' is not known"):
        read_table(town(tmp_path, ("114.3", "30.5")), TownRow, crs="wgs")


def test_a_site_without_a_position_stays_without_one(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "id,name,name_en,kind,city,bank,lon,lat,source,verified\ns,a,b,port,c,left,,,x,no\n", encoding="utf-8"
    )
    (row,) = read_table(path, SiteRow, crs="gcj02")
    assert not row.is_placed


def test_a_table_in_gb18030_is_read_when_that_is_declared(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    text = "编号,名称,英文名称,类型,城市,所在岸,来源,核实\ns,阳逻港,Yangluo,port,武汉市,left,表,no\n"
    path.write_text(text, encoding="gb18030")
    (row,) = read_table(path, SiteRow, encoding="gb18030")
    assert row.name == "阳逻港"
    with pytest.raises(InputError, match="looks like GB18030"):
        read_table(path, SiteRow)
    path.write_bytes(b"\xff\xff\xff")
    with pytest.raises(InputError, match="is not written in GB18030, which was declared"):
        read_table(path, SiteRow, encoding="gb18030")


def test_a_river_in_gcj02_is_drawn_where_it_flows(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    names = [name for name, info in RiverRow.model_fields.items() if info.is_required()]
    values = {"river": "han", "seq": "1", "lon": "114.3", "lat": "30.5", "verified": "no", "precision_m": "100"}
    path.write_text(",".join(names) + "\n" + ",".join(values.get(name, "x") for name in names) + "\n", encoding="utf-8")
    (row,) = read_table(path, RiverRow, crs="gcj02")
    assert row.lon == pytest.approx(114.3 - 0.0054, abs=2e-4)
