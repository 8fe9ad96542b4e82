"""Each row type feeds its domain value field by field, and holds its own rules without a file."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import pytest
from pydantic import ValidationError

from h2plan.domain import (
    Land,
    Place,
    Range,
    Site,
    SizeEquipment,
    Source,
    StationSize,
    Terminal,
    UnplacedSite,
    VehicleClass,
)
from h2plan.domain_roads import RoadLink, RoadNode, TruckRule
from h2plan.tables import Row, rows
from h2plan.tables.row import headers_of
from h2plan.tables.rows import (
    DistrictRow,
    FleetShareRow,
    GatewayRow,
    RoadLinkRow,
    RoadNodeRow,
    SiteRow,
    SizeEquipmentRow,
    SourceRow,
    StationSizeRow,
    TownRow,
    TruckRuleRow,
    VehicleClassRow,
)

SITE: dict[str, Any] = {
    "id": "port-yangluo",
    "name": "阳逻港",
    "name_en": "Yangluo port",
    "kind": "port",
    "city": "武汉市",
    "bank": "left",
    "lon": 114.55,
    "lat": 30.68,
    "precision_m": 100,
    "source": "Port yearbook",
    "verified": "yes",
}
VEHICLE: dict[str, Any] = {
    "id": "tractor_49t",
    "name": "牵引车",
    "name_en": "tractor",
    "is_truck": "yes",
    "mass_t": 49,
    "kg_per_100_km_low": 8,
    "kg_per_100_km_base": 10,
    "kg_per_100_km_high": 12,
    "km_per_d_low": 200,
    "km_per_d_base": 300,
    "km_per_d_high": 400,
    "range_km": 400,
    "kg_per_fill": 30,
    "pressure_mpa": 35,
    "source": "test cycle",
    "verified": "yes",
}

# What a domain value holds under another name than its row does, or that its row does not hold.
FEEDS: tuple[tuple[type[Row], type[Any], set[str]], ...] = (
    (SiteRow, Site, {"land"}),
    (SiteRow, Land, set()),
    (SiteRow, UnplacedSite, set()),
    (SourceRow, Source, set()),
    (StationSizeRow, StationSize, set()),
    (SizeEquipmentRow, SizeEquipment, set()),
    (RoadNodeRow, RoadNode, set()),
    (RoadLinkRow, RoadLink, set()),
    (TruckRuleRow, TruckRule, {"default_on"}),
    (VehicleClassRow, VehicleClass, {"kg_per_100_km", "km_per_d", "kg_per_h", "h_per_d"}),
    (GatewayRow, Terminal, {"kind", "bank"}),
    (DistrictRow, Place, set()),
    (TownRow, Place, set()),
)


@pytest.mark.parametrize(("row_type", "value_type", "apart"), FEEDS)
def test_a_row_names_its_columns_as_its_domain_value_does(
    row_type: type[Row], value_type: type[Any], apart: set[str]
) -> None:
    held = set(row_type.model_fields) | {name for name in dir(row_type) if name.startswith("is_")}
    assert {field.name for field in fields(value_type)} - held == apart


def test_no_two_columns_of_a_table_share_a_header() -> None:
    for name in rows.__all__:
        texts = [text for headers in headers_of(getattr(rows, name)).values() for text in headers]
        assert len(texts) == len(set(texts)), name


def test_a_placed_row_becomes_a_site_with_the_same_values() -> None:
    site = SiteRow(**SITE, built="yes", built_kg_per_d=500, land_cny_per_yr=None).to_site()
    assert (site.id, site.lon, site.precision_m, site.built_kg_per_d) == ("port-yangluo", 114.55, 100, 500)
    assert site.is_built
    assert site.land_cny_per_yr == 0


def test_a_row_without_a_position_becomes_an_unplaced_site_and_no_site() -> None:
    row = SiteRow(**SITE | {"lon": None, "lat": None, "precision_m": None, "built": "yes"})
    assert not row.is_placed
    assert row.to_unplaced().is_built
    assert row.to_unplaced().built_kg_per_d is None
    with pytest.raises(ValueError, match="port-yangluo has no position"):
        row.to_site()


def test_a_vehicle_class_carries_its_ranges() -> None:
    vehicle = VehicleClassRow(**VEHICLE).to_vehicle_class()
    assert vehicle.km_per_d == Range(200, 300, 400)
    assert vehicle.nominal_kg_per_d() == Range(16, 30, 48)
    assert vehicle.is_truck


def test_a_gateway_becomes_a_terminal_at_its_entry_nodes() -> None:
    gateway = GatewayRow(
        id="g1",
        name="长沙",
        name_en="Changsha",
        lon=113.0,
        lat=28.2,
        precision_m=1000,
        entry_nodes=("n1", "n2"),
        source="atlas",
        verified="yes",
    )
    assert gateway.to_terminal().entry_nodes == ("n1", "n2")


@pytest.mark.parametrize("value", [True, False, math.nan, math.inf, 1e15, "１２", "0x10", "1_000", "12 ", b"12"])
def test_what_is_no_plain_number_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        SiteRow(**SITE | {"precision_m": value})


@pytest.mark.parametrize("text", ["12", "+12", "12.", "12.0", "1.2e1", "0012"])
def test_a_number_may_be_written_in_any_plain_way(text: str) -> None:
    assert SiteRow(**SITE | {"precision_m": text}).precision_m == 12


def test_a_whole_number_may_carry_a_zero_fraction() -> None:
    assert VehicleClassRow(**VEHICLE | {"pressure_mpa": "35.0"}).pressure_mpa == 35


def test_a_row_built_without_a_file_obeys_the_same_checks() -> None:
    with pytest.raises(ValidationError, match="precision_m: is blank although a position is given"):
        SiteRow(**SITE | {"precision_m": None})
    with pytest.raises(ValidationError):
        SiteRow(**SITE | {"colour": "red"})
    with pytest.raises(ValidationError):
        FleetShareRow(id="", vehicle_class="a", use="ports", share=0.5, source="x", verified="no")


def test_a_row_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        SiteRow(**SITE).name = "other"
