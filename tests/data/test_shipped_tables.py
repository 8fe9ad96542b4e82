"""What the shipped tables of Wuhan must say, read with the standard library alone."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
Row = Mapping[str, str]

SITE_TABLES = (
    "sites/ports.csv",
    "sites/logistics_hubs.csv",
    "sites/expressway_places.csv",
    "sites/fuel_stations.csv",
    "sites/hydrogen_stations.csv",
)
TABLES_WITH_ID = (
    *SITE_TABLES,
    "sites/hydrogen_sources.csv",
    "sites/station_sizes.csv",
    "sites/storage_centres.csv",
    "sites/delivery_modes.csv",
    "sites/delivery_costs.csv",
    "roads/nodes.csv",
    "roads/links.csv",
    "roads/truck_access.csv",
    "demand/districts.csv",
    "demand/towns.csv",
    "demand/vehicle_classes.csv",
    "demand/fleet_mix.csv",
    "demand/gateways.csv",
    "demand/targets.csv",
    "rules/china.csv",
    "rules/station_classes.csv",
    "rules/protected_buildings.csv",
    "rules/major_hazard.csv",
    "rules/land_needs.csv",
    "demand/fleet_mix_phased.csv",
    "demand/far_gateways.csv",
)
TABLES = (
    *TABLES_WITH_ID,
    "sites/source_output.csv",
    "roads/speeds.csv",
    "roads/rivers.csv",
    "demand/activity.csv",
    "demand/quay_activity.csv",
    "demand/operators.csv",
    "demand/hour_profiles.csv",
    "demand/month_profiles.csv",
)
FORBIDDEN = ("facts", "shared", "issue")
RIGHT_BANK_DISTRICTS = {"武昌区", "青山区", "洪山区", "江夏区", "东湖新技术开发区(光谷)", "东湖生态旅游风景区"}

WEDZ = "武汉经济技术开发区(含汉南)"
EAST_LAKE = "东湖新技术开发区(光谷)"
PORTS = {
    "port-yangluo": ("left", "新洲区"),
    "port-huashan": ("right", "洪山区"),
    "port-hannan": ("left", "汉南区"),
    "port-zhuankou": ("left", WEDZ),
    "port-junshan-roro": ("left", WEDZ),
    "port-jinkou": ("right", "江夏区"),
    "port-qingshan": ("right", "青山区"),
    "port-baihushan": ("right", "青山区"),
    "port-linsifang": ("left", "新洲区"),
    "port-wuhu": ("left", "黄陂区"),
    "port-city-centre": ("left", "江岸区"),
    "port-caidian": ("left", "蔡甸区"),
    "port-dongxihu": ("left", "东西湖区"),
}
HUBS = {
    ("left", "东西湖区"): "wujiashan land-port han-ou airport-bonded-dongxihu transfar zoumaling sf-dongxihu",
    ("left", "硚口区"): "duoluokou",
    ("left", "黄陂区"): "hankoubei shekou wuhan-north-yard tianhe-cargo",
    ("left", "新洲区"): "xianglushan",
    ("left", WEDZ): "wedz-car",
    ("right", "江夏区"): "dahualing zhengdian deppon-jiangxia",
    ("right", "青山区"): "qingshan-distribution blogis-qingshan",
    ("right", EAST_LAKE): "east-lake-bonded",
    ("right", ""): "ezhou-huahu",
}
SOURCES = {
    ("right", "青山区"): "qingshan-joint baowu-wisco sinopec-sk-refinery sinopec-sk-ethylene",
    ("right", "江夏区"): "jiangxia-unknown",
    ("right", ""): "gehua-zhongji daye-jiangqiao daye-nanshi",
    ("none", ""): "jingzhou-unknown",
}


@cache
def table(name: str) -> tuple[Row, ...]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def by_id(name: str) -> dict[str, Row]:
    return {row["id"]: row for row in table(name)}


def unfolded(expected: Mapping[tuple[str, str], str], prefix: str) -> dict[str, tuple[str, str]]:
    return {f"{prefix}-{slug}": where for where, slugs in expected.items() for slug in slugs.split()}


def bank_and_district(name: str) -> dict[str, tuple[str, str]]:
    return {row["id"]: (row["bank"], row["district"]) for row in table(name)}


# --- every table ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_every_row_names_its_source(name: str) -> None:
    assert table(name)
    assert [row for row in table(name) if not row["source"].strip()] == []


@pytest.mark.parametrize("name", TABLES_WITH_ID)
def test_an_id_is_used_once(name: str) -> None:
    assert len(by_id(name)) == len(table(name))
    assert "" not in by_id(name)


def test_site_ids_are_unique_over_all_site_tables() -> None:
    ids = [row["id"] for name in SITE_TABLES for row in table(name)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", TABLES)
def test_verified_is_one_of_three_words(name: str) -> None:
    words = {row["verified"] for row in table(name) if "verified" in row}
    assert words <= {"yes", "partly", "no"}


@pytest.mark.parametrize("name", [name for name in TABLES if name != "roads/rivers.csv"])
def test_a_position_is_a_pair_with_its_precision_and_lies_in_central_china(name: str) -> None:
    placed = [row for row in table(name) if row.get("lon") or row.get("lat")]
    assert all(float(row["precision_m"]) > 0 for row in placed)
    west, east, south, north = (106, 122, 23, 35) if "far_" in name else (111, 118, 28, 35)
    assert all(west < float(row["lon"]) < east and south < float(row["lat"]) < north for row in placed)


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.csv")), ids=lambda path: path.name)
def test_no_cell_holds_a_forbidden_word(path: Path) -> None:
    text = path.read_text(encoding="utf-8-sig").lower()
    assert [word for word in FORBIDDEN if word in text] == []


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.csv")), ids=lambda path: path.name)
def test_a_table_has_a_bom_unix_lines_and_no_ragged_row(path: Path) -> None:
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    with path.open(encoding="utf-8-sig", newline="") as file:
        widths = {len(row) for row in csv.reader(file)}
    assert len(widths) == 1


@pytest.mark.parametrize("folder", ["sites", "demand", "roads", "rules"])
def test_every_data_folder_explains_itself(folder: str) -> None:
    readme = (DATA / folder / "README.md").read_text(encoding="utf-8")
    assert "WGS84" in readme
    assert "2026-11-22" in readme
    tables = [path.name for path in (DATA / folder).glob("*.*") if path.suffix in {".csv", ".geojson"}]
    assert [name for name in tables if name not in readme] == []


def test_the_credits_that_the_licences_ask_for_are_given() -> None:
    notice = (DATA / "roads/NOTICE").read_text(encoding="utf-8")
    assert "© OpenStreetMap contributors" in notice
    assert "ODbL" in notice
    readme = (DATA / "demand/README.md").read_text(encoding="utf-8")
    assert "GeoNames" in readme
    assert "CC BY 4.0" in readme


# --- supply --------------------------------------------------------------------------------------------------------


def test_an_output_belongs_to_a_source_and_years_rise() -> None:
    rows = table("sites/source_output.csv")
    assert {row["source_id"] for row in rows} <= set(by_id("sites/hydrogen_sources.csv"))
    years = [(row["source_id"], int(row["period"])) for row in rows]
    assert len(set(years)) == len(years)


def test_the_gross_output_of_a_source_is_the_published_one() -> None:
    published = by_id("sites/hydrogen_sources.csv")
    for row in table("sites/source_output.csv"):
        assert row["gross_kg_per_d"] == published[row["source_id"]]["max_kg_per_d"]


def test_the_two_tube_trailer_fits_cross_the_liquid_one_between_250_and_400_km() -> None:
    costs = by_id("sites/delivery_costs.csv")

    def line(name: str) -> tuple[float, float]:
        near, far = (tuple(float(costs[name][f"{end}_{x}"]) for x in ("km", "cny_per_kg")) for end in ("near", "far"))
        slope = (far[1] - near[1]) / (far[0] - near[0])
        return near[1] - slope * near[0], slope

    liquid, per_km = line("liquid_innova")
    crossings = [(liquid - base) / (slope - per_km) for base, slope in (line("tube_innova"), line("tube_newradar"))]
    assert crossings == pytest.approx([384, 250], abs=1)


def test_what_nobody_published_says_so() -> None:
    names = ("source_output", "storage_centres", "delivery_modes", "delivery_costs")
    rows = [row for name in names for row in table(f"sites/{name}.csv") if row["verified"] == "no"]
    assert rows
    assert [row for row in rows if "h2plan assumption, unverified" not in row["assumptions"]] == []


# --- demand --------------------------------------------------------------------------------------------------------


def test_the_population_of_wuhan_adds_up_to_the_census() -> None:
    counted = [int(row["population"]) for row in table("demand/districts.csv") if row["in_population_sum"] == "yes"]
    assert sum(counted) == 12_326_518
    assert len(counted) == 15


def test_hannan_is_counted_once_inside_its_development_zone() -> None:
    left_out = [row["name"] for row in table("demand/districts.csv") if row["in_population_sum"] == "no"]
    assert left_out == ["汉南区"]
    assert "含汉南" in by_id("demand/districts.csv")["wedz"]["name"]


def test_fleet_shares_sum_to_one_over_known_classes() -> None:
    rows = table("demand/fleet_mix.csv")
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1, abs=1e-12)
    assert {row["vehicle_class"] for row in rows} <= set(by_id("demand/vehicle_classes.csv"))
    assert {row["use"] for row in rows} == {"districts", "ports", "logistics_hubs", "highways"}


@pytest.mark.parametrize("year", ["2026", "2030", "2035"])
def test_the_shares_of_the_phased_fleet_sum_to_one_in_every_year(year: str) -> None:
    rows = [row for row in table("demand/fleet_mix_phased.csv") if row["period"] == year]
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1, abs=1e-12)
    assert {row["vehicle_class"] for row in rows} <= set(by_id("demand/vehicle_classes.csv"))


@pytest.mark.parametrize("quantity", ["kg_per_100_km", "km_per_d", "kg_per_h", "h_per_d"])
def test_a_vehicle_estimate_runs_from_low_to_high(quantity: str) -> None:
    estimated = [row for row in table("demand/vehicle_classes.csv") if row[f"{quantity}_base"]]
    assert estimated
    for row in estimated:
        low, base, high = (float(row[f"{quantity}_{level}"]) for level in ("low", "base", "high"))
        assert 0 < low <= base <= high


def test_the_weight_of_a_place_belongs_to_a_placed_site_of_that_use() -> None:
    for row in table("demand/activity.csv"):
        site = by_id(f"sites/{row['use']}.csv")[row["site_id"]]
        assert site["lon"]
        assert site["city"] == "武汉市"
        assert float(row["weight"]) > 0


def test_yangluo_has_its_published_share_of_the_port() -> None:
    weights = {row["site_id"]: float(row["weight"]) for row in table("demand/activity.csv") if row["use"] == "ports"}
    assert weights["port-yangluo"] == 0.746
    assert sum(weights.values()) == pytest.approx(1, abs=1e-4)
    assert "port-city-centre" not in weights


def test_no_place_of_freight_is_weighed_twice() -> None:
    ids = [row["site_id"] for row in table("demand/activity.csv")]
    assert len(set(ids)) == len(ids)
    assert "hub-land-port" not in ids


def test_every_gateway_enters_at_nodes_of_the_network() -> None:
    for row in table("demand/gateways.csv"):
        assert set(row["entry_nodes"].split(";")) <= set(by_id("roads/nodes.csv")), row["id"]


def test_the_adopted_target_of_wuhan_is_3000_vehicles_and_35_stations_by_2025() -> None:
    adopted = {(r["period"], r["what"]): r["value"] for r in table("demand/targets.csv") if r["status"] == "adopted"}
    assert adopted == {("2025", "fcev"): "3000", ("2025", "stations"): "35"}


def test_the_targets_of_2027_are_a_draft() -> None:
    draft = {(r["period"], r["what"]): r["value"] for r in table("demand/targets.csv") if r["status"] == "draft"}
    assert draft == {("2027", "fcev"): "7000", ("2027", "stations"): "100"}


# --- sites ---------------------------------------------------------------------------------------------------------


def test_ports_lie_on_their_bank_and_in_their_district() -> None:
    assert bank_and_district("sites/ports.csv") == PORTS


def test_hubs_lie_on_their_bank_and_in_their_district() -> None:
    assert bank_and_district("sites/logistics_hubs.csv") == unfolded(HUBS, "hub")


def test_sources_lie_on_their_bank_and_in_their_district() -> None:
    assert bank_and_district("sites/hydrogen_sources.csv") == unfolded(SOURCES, "source")


@pytest.mark.parametrize("name", [*SITE_TABLES, "sites/hydrogen_sources.csv", "demand/towns.csv"])
def test_a_district_is_a_known_one_and_on_the_bank_of_the_place(name: str) -> None:
    known = {row["name"] for row in table("demand/districts.csv")}
    for row in table(name):
        if row["district"]:
            bank = "right" if row["district"] in RIGHT_BANK_DISTRICTS else "left"
            assert row["district"] in known, row["id"]
            assert row["bank"] == bank, row["id"]


def test_eight_stations_are_built_in_wuhan_and_four_were_under_construction() -> None:
    inside = [row["built"] for row in table("sites/hydrogen_stations.csv") if row["city"] == "武汉市"]
    assert (inside.count("yes"), inside.count("under_construction")) == (8, 4)


def test_an_assumed_capacity_of_a_built_station_says_so() -> None:
    for station in ("h2-gexin-avenue", "h2-qunli"):
        row = by_id("sites/hydrogen_stations.csv")[station]
        assert row["built_kg_per_d"] == "500"
        assert "built_kg_per_d: h2plan assumption, unverified" in row["assumptions"]


def test_an_energy_station_has_one_name_and_place_in_both_tables() -> None:
    fuel = {row["name"]: (row["lon"], row["lat"]) for row in table("sites/fuel_stations.csv")}
    hydrogen = {row["name"]: (row["lon"], row["lat"]) for row in table("sites/hydrogen_stations.csv") if row["lon"]}
    both = set(fuel) & set(hydrogen)
    assert both == {"中国石化革新大道综合能源站", "中国石化群力综合能源站"}
    assert all(fuel[name] == hydrogen[name] for name in both)


def test_a_presumed_fuel_station_is_not_verified() -> None:
    presumed = [row["verified"] for row in table("sites/fuel_stations.csv") if row["role"] == "presumed"]
    assert presumed == ["no"] * 4


def test_an_expressway_place_is_a_node_of_the_network() -> None:
    kinds = {"service_area": "highway_service", "toll_gate": "toll_gate", "interchange": "interchange"}
    named = [row for row in table("roads/nodes.csv") if row["kind"] in kinds and row["name"]]
    expected = {f"x-{n['id']}": (kinds[n["kind"]], n["lon"], n["lat"], n["bank"]) for n in named}
    places = table("sites/expressway_places.csv")
    assert {p["id"]: (p["kind"], p["lon"], p["lat"], p["bank"]) for p in places} == expected
    assert {p["exit"] for p in places} == {"yes", "no", "unknown"}
