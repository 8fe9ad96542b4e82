"""Every table that ships is read by its own row type without a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from h2plan.tables import Row, read_table
from h2plan.tables.row import headers_of
from h2plan.tables.rows import (
    ActivityRow,
    DeliveryCostRow,
    DeliveryModeRow,
    DistrictRow,
    FleetShareRow,
    GatewayRow,
    HourRow,
    LandNeedRow,
    MajorHazardRow,
    MonthRow,
    OperatorRow,
    ProtectedBuildingRow,
    RiverRow,
    RoadLinkRow,
    RoadNodeRow,
    RuleRow,
    SiteRow,
    SizeEquipmentRow,
    SourceOutputRow,
    SourceRow,
    SpeedRow,
    StationClassRow,
    StationSizeRow,
    StorageCentreRow,
    TargetRow,
    TownRow,
    TruckRuleRow,
    VehicleClassRow,
)

PROJECT = Path(__file__).parents[2]
TABLES: dict[str, type[Row]] = {
    "sites/ports.csv": SiteRow,
    "sites/logistics_hubs.csv": SiteRow,
    "sites/expressway_places.csv": SiteRow,
    "sites/fuel_stations.csv": SiteRow,
    "sites/hydrogen_stations.csv": SiteRow,
    "sites/hydrogen_sources.csv": SourceRow,
    "sites/station_sizes.csv": StationSizeRow,
    "sites/station_equipment.csv": SizeEquipmentRow,
    "sites/source_output.csv": SourceOutputRow,
    "sites/storage_centres.csv": StorageCentreRow,
    "sites/delivery_modes.csv": DeliveryModeRow,
    "sites/delivery_costs.csv": DeliveryCostRow,
    "roads/nodes.csv": RoadNodeRow,
    "roads/links.csv": RoadLinkRow,
    "roads/speeds.csv": SpeedRow,
    "roads/truck_access.csv": TruckRuleRow,
    "roads/rivers.csv": RiverRow,
    "demand/districts.csv": DistrictRow,
    "demand/towns.csv": TownRow,
    "demand/vehicle_classes.csv": VehicleClassRow,
    "demand/fleet_mix.csv": FleetShareRow,
    "demand/activity.csv": ActivityRow,
    "demand/gateways.csv": GatewayRow,
    "demand/targets.csv": TargetRow,
    "rules/china.csv": RuleRow,
    "rules/station_classes.csv": StationClassRow,
    "rules/protected_buildings.csv": ProtectedBuildingRow,
    "rules/major_hazard.csv": MajorHazardRow,
    "rules/land_needs.csv": LandNeedRow,
    "demand/fleet_mix_phased.csv": FleetShareRow,
    "demand/far_gateways.csv": GatewayRow,
    "demand/quay_activity.csv": ActivityRow,
    "demand/operators.csv": OperatorRow,
    "demand/hour_profiles.csv": HourRow,
    "demand/month_profiles.csv": MonthRow,
}


@pytest.mark.parametrize(("file", "row_type"), TABLES.items())
def test_a_shipped_table_has_no_fault(file: str, row_type: type[Row]) -> None:
    assert read_table(Path("data") / file, row_type, root=PROJECT)


def test_every_shipped_table_has_a_row_type() -> None:
    data = PROJECT / "data"
    shipped = {
        path.relative_to(data).as_posix()
        for part in ("sites", "roads", "demand", "rules")
        for path in data.glob(f"{part}/*.csv")
    }
    assert shipped <= TABLES.keys()


def test_the_import_template_is_headed_by_known_columns_and_ends_with_the_example() -> None:
    template = PROJECT / "data" / "sites" / "templates" / "fuel_stations_template.csv"
    header, example = template.read_text("utf-8-sig").splitlines()[:2]
    known = {text for texts in headers_of(SiteRow).values() for text in texts}
    assert set(header.split(",")) <= known
    assert "示例" in example
