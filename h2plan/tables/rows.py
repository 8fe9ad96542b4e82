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
from h2plan.tables.rows_roads import RiverRow, RoadLinkRow, RoadNodeRow, SpeedRow, TruckRuleRow
from h2plan.tables.rows_sites import SiteRow, SourceRow, StationSizeRow

__all__ = [
    "ActivityRow",
    "DistrictRow",
    "FleetShareRow",
    "FuelSalesRow",
    "GatewayRow",
    "HourRow",
    "LinkCountRow",
    "MonthRow",
    "OdRow",
    "OperatorRow",
    "PointRow",
    "RiverRow",
    "RoadLinkRow",
    "RoadNodeRow",
    "SiteRow",
    "SourceRow",
    "SpeedRow",
    "StationSizeRow",
    "TargetRow",
    "TownRow",
    "TruckRuleRow",
    "VehicleClassRow",
]
