"""A sound table is read as it stands; what lies outside the project folder is not read at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from h2plan.errors import MAX_FAULTS_SHOWN, InputError
from h2plan.tables import Region, read_table
from h2plan.tables.files import MAX_BYTES
from h2plan.tables.read import MAX_FAULTS_KEPT
from h2plan.tables.rows import ActivityRow, RiverRow, RoadLinkRow, SiteRow, SpeedRow, TruckRuleRow

SPEEDS = "class,speed_km_per_h,source,verified\n"
SITES = "id,name,name_en,kind,city,bank,lon,lat,precision_m,source,verified\n"
CHINESE = (
    "编号,名称,英文名称,类型,行政区,城市,所在岸,经度,纬度,位置误差_m,"
    "品牌,权属,等级,罐容_m3,用地_m2,证号,来源,核实,备注\n"
)


def site(site_id: str, lon: str = "114.55", lat: str = "30.68") -> str:
    return f"{site_id},阳逻港,Yangluo,port,武汉市,left,{lon},{lat},100,Port yearbook,yes\n"


def table(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def refusal(path: Path, root: Path | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        read_table(path, SpeedRow, root=root)
    return caught.value


def test_a_row_comes_back_with_its_values_and_blank_cells_as_not_known(tmp_path: Path) -> None:
    (row,) = read_table(table(tmp_path, SITES + site("port-yangluo")), SiteRow)
    assert (row.id, row.name, row.lon, row.lat, row.precision_m) == ("port-yangluo", "阳逻港", 114.55, 30.68, 100)
    assert (row.status, row.built, row.max_kg_per_d, row.exit, row.note) == ("candidate", "no", None, None, "")


def test_ids_stay_the_text_they_are(tmp_path: Path) -> None:
    ids = ["007", "NA", "1e5", "NULL", "True", "9007199254740993"]
    rows = read_table(table(tmp_path, SITES + "".join(map(site, ids))), SiteRow)
    assert [row.id for row in rows] == ids


def test_a_formula_in_a_name_is_kept_as_data(tmp_path: Path) -> None:
    text = SITES + site("a").replace("阳逻港", "=cmd|' /C calc'!A0")
    assert read_table(table(tmp_path, text), SiteRow)[0].name == "=cmd|' /C calc'!A0"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_do_not_matter(tmp_path: Path, end: str, mark: str) -> None:
    text = mark + SPEEDS.replace("\n", end) + f"motorway, 80 ,code,yes{end}"
    assert read_table(table(tmp_path, text), SpeedRow)[0].speed_km_per_h == 80


def test_blank_rows_at_the_end_are_no_rows(tmp_path: Path) -> None:
    assert len(read_table(table(tmp_path, SPEEDS + "motorway,80,code,yes\n,,,\n\n"), SpeedRow)) == 1


def test_a_line_break_inside_a_cell_does_not_shift_the_row_numbers(tmp_path: Path) -> None:
    path = table(tmp_path, SPEEDS + 'motorway,80,"code,\nlast edition",yes\ntrunk,fast,code,yes\n')
    assert [fault.row for fault in refusal(path).faults] == [3]


def test_chinese_headers_alone_or_mixed_name_the_same_columns(tmp_path: Path) -> None:
    row = "f1,某站,Fuel 1,fuel_station,洪山区,武汉市,right,114.4,30.5,50,中石化,自有,二级,90,3000,鄂01,自采,no,示意\n"
    (chinese,) = read_table(table(tmp_path, CHINESE + row), SiteRow)
    (mixed,) = read_table(table(tmp_path, CHINESE.replace("经度", "lon").replace("编号", "id") + row), SiteRow)
    assert chinese == mixed
    assert (chinese.district, chinese.brand, chinese.tank_m3, chinese.licence_no) == ("洪山区", "中石化", 90, "鄂01")


def test_the_points_of_a_link_and_the_links_of_a_rule_are_read_in_order(tmp_path: Path) -> None:
    link = (
        "id,from_node,to_node,class,length_km,via,source,precision_m\nl1,a,b,motorway,9,114.1 30.5; 114.2 30.6,x,50\n"
    )
    rule = "id,name,closed_to,over_t,default,links,grade,source\n"
    rule += "r1,n,trucks,0,option,l2; l1,A,x\nr2,n,trucks,4.5,on,,B,x\n"
    assert read_table(table(tmp_path, link), RoadLinkRow)[0].via == ((114.1, 30.5), (114.2, 30.6))
    first, second = (row.to_rule() for row in read_table(table(tmp_path, rule), TruckRuleRow))
    assert (first.links, first.default_on) == (("l2", "l1"), False)
    assert (second.links, second.default_on) == ((), True)


def test_a_key_of_two_columns_repeats_only_when_both_do(tmp_path: Path) -> None:
    head = "site_id,use,weight,source,verified\n"
    rows = read_table(table(tmp_path, head + "a,ports,1,x,no\na,logistics_hubs,2,x,no\n"), ActivityRow)
    assert len(rows) == 2
    with pytest.raises(InputError, match="'a ports' stands already in row 2"):
        read_table(table(tmp_path, head + "a,ports,1,x,no\na,ports,2,x,no\n"), ActivityRow)


def test_a_river_point_repeats_only_with_its_number(tmp_path: Path) -> None:
    head = "river,name,name_en,seq,bridge,link,lon,lat,source\n"
    text = head + "han,汉江,Han,1,桥,l1,114.1,30.5,x\nyangtze,长江,Yangtze,1,桥,l2,114.2,30.5,x\n"
    assert [row.river for row in read_table(table(tmp_path, text), RiverRow)] == ["han", "yangtze"]


def test_a_position_on_the_edge_of_the_region_is_inside(tmp_path: Path) -> None:
    path = table(tmp_path, SITES + site("a", "113", "32"))
    assert read_table(path, SiteRow, region=Region(113, 116, 29.5, 32))[0].lon == 113


def test_an_unreadable_cell_does_not_hide_a_position_outside_the_region(tmp_path: Path) -> None:
    path = table(tmp_path, SITES + site("a", "104").replace("port,", "prot,"))
    with pytest.raises(InputError) as caught:
        read_table(path, SiteRow, region=Region(113, 116, 29.5, 32))
    assert [fault.column for fault in caught.value.faults] == ["kind", "lon"]


def test_fifty_faults_are_shown_and_the_rest_is_counted(tmp_path: Path) -> None:
    head = SITES + "".join(site(f"s{number}", "abc") for number in range(60))
    with pytest.raises(InputError) as caught:
        read_table(table(tmp_path, head), SiteRow)
    lines = str(caught.value).splitlines()
    assert len(caught.value.faults) == 60
    assert len(lines) == MAX_FAULTS_SHOWN + 1
    assert lines[-1].endswith("10 more faults not shown")


def test_a_file_that_is_no_table_is_not_read_to_its_end(tmp_path: Path) -> None:
    faults = refusal(table(tmp_path, SPEEDS + "x\n" * (MAX_FAULTS_KEPT + 500))).faults
    assert len(faults) == MAX_FAULTS_KEPT + 1
    assert "the rest of the file was not read" in faults[-1].message


def test_a_file_above_the_size_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    assert "is larger than 200 MB" in str(refusal(path))


def test_faults_name_the_file_from_the_project_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "roads"
    folder.mkdir(parents=True)
    path = table(folder, SPEEDS + "motorway,fast,code,yes\n", "speeds.csv")
    wanted = "data/roads/speeds.csv row 2, speed_km_per_h: 'fast' is not a number"
    assert str(refusal(path, tmp_path)) == wanted
    assert str(refusal(Path("data/roads/speeds.csv"), tmp_path)) == wanted


def test_a_misspelt_file_name_is_answered_with_the_near_one(tmp_path: Path) -> None:
    table(tmp_path, SPEEDS, "speeds.csv")
    assert str(refusal(tmp_path / "speed.csv", tmp_path)) == "speed.csv: does not exist (did you mean speeds.csv?)"
    assert "nor does its folder" in str(refusal(tmp_path / "no" / "speed.csv", tmp_path))


def test_a_folder_is_not_a_table(tmp_path: Path) -> None:
    assert "is a folder, not a file" in str(refusal(tmp_path, tmp_path))


def test_nothing_outside_the_project_folder_is_read(tmp_path: Path) -> None:
    outside = table(tmp_path, SPEEDS + "motorway,80,code,yes\n", "outside.csv")
    root = tmp_path / "project"
    root.mkdir()
    (root / "link.csv").symlink_to(outside)
    (root / "loop.csv").symlink_to(root / "loop.csv")
    for path in (outside, Path("../outside.csv"), Path("link.csv"), root / "link.csv"):
        assert "lies outside the project folder" in str(refusal(path, root))
    assert refusal(Path("loop.csv"), root).exit_code == 3


def test_a_link_inside_the_project_folder_is_followed(tmp_path: Path) -> None:
    table(tmp_path, SPEEDS + "motorway,80,code,yes\n", "speeds.csv")
    (tmp_path / "link.csv").symlink_to(tmp_path / "speeds.csv")
    assert len(read_table(Path("link.csv"), SpeedRow, root=tmp_path)) == 1


@pytest.mark.parametrize(
    "address",
    ["https://example.org/a.csv", "file:///etc/hosts", "s3://bucket/a.csv", "/vsicurl/http://example.org/a.csv"],
)
@pytest.mark.parametrize("rooted", [True, False])
def test_addresses_are_not_files(tmp_path: Path, address: str, rooted: bool) -> None:
    message = str(refusal(Path(address), tmp_path if rooted else None))
    assert "is an address, not a file" in message or "only plain local files are read" in message


def test_a_name_no_file_can_have_is_refused(tmp_path: Path) -> None:
    assert "is not a usable path" in str(refusal(Path("a\0b.csv"), tmp_path))
    assert refusal(Path("a" * 5000), tmp_path).exit_code == 3
