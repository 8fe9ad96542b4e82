"""All row types in one place: what each table of the data folder holds, column by column."""

from h2plan.tables.rows_demand import (
    ActivityRow,
    DistrictRow,
    FuelSalesRow,
    GatewayRow,
    LinkCountRow,
    OdRow,
    PointRow,
    TargetRow,
    TownRow,
)
from h2plan.tables.rows_fleet import FleetShareRow, HourRow, MonthRow, OperatorRow, VehicleClassRow
from h2plan.tables.rows_law import LandNeedRow, MajorHazardRow, ProtectedBuildingRow, RuleRow, StationClassRow
from h2plan.tables.rows_roads import RiverRow, RoadLinkRow, RoadNodeRow, SpeedRow, TruckRuleRow
from h2plan.tables.rows_sites import SiteRow, SizeEquipmentRow, SourceRow, StationSizeRow
from h2plan.tables.rows_supply import DeliveryCostRow, DeliveryModeRow, SourceOutputRow, StorageCentreRow
from h2plan.tables.rows_years import DecidedStationRow

__all__ = [
    "ActivityRow",
    "DecidedStationRow",
    "DeliveryCostRow",
    "DeliveryModeRow",
    "DistrictRow",
    "FleetShareRow",
    "FuelSalesRow",
    "GatewayRow",
    "HourRow",
    "LandNeedRow",
    "LinkCountRow",
    "MajorHazardRow",
    "MonthRow",
    "OdRow",
    "OperatorRow",
    "PointRow",
    "ProtectedBuildingRow",
    "RiverRow",
    "RoadLinkRow",
    "RoadNodeRow",
    "RuleRow",
    "SiteRow",
    "SizeEquipmentRow",
    "SourceOutputRow",
    "SourceRow",
    "SpeedRow",
    "StationClassRow",
    "StationSizeRow",
    "StorageCentreRow",
    "TargetRow",
    "TownRow",
    "TruckRuleRow",
    "VehicleClassRow",
]
