"""All row types in one place: what each table of the data folder holds, column by column."""

from h2plan.tables.rows_demand import (
    ActivityRow,
    DistrictRow,
    FleetShareRow,
    GatewayRow,
    TargetRow,
    TownRow,
    VehicleClassRow,
)
from h2plan.tables.rows_law import LandNeedRow, MajorHazardRow, ProtectedBuildingRow, RuleRow, StationClassRow
from h2plan.tables.rows_roads import RiverRow, RoadLinkRow, RoadNodeRow, SpeedRow, TruckRuleRow
from h2plan.tables.rows_sites import SiteRow, SourceRow, StationSizeRow

__all__ = [
    "ActivityRow",
    "DistrictRow",
    "FleetShareRow",
    "GatewayRow",
    "LandNeedRow",
    "MajorHazardRow",
    "ProtectedBuildingRow",
    "RiverRow",
    "RoadLinkRow",
    "RoadNodeRow",
    "RuleRow",
    "SiteRow",
    "SourceRow",
    "SpeedRow",
    "StationClassRow",
    "StationSizeRow",
    "TargetRow",
    "TownRow",
    "TruckRuleRow",
    "VehicleClassRow",
]
