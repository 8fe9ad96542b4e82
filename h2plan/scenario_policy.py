"""The sections of a scenario that say what a plan owes: to districts, hosts, owners, corridors, and when one fails."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from h2plan.fields import Count, Datum, NoBool, NotNegative, Positive, Section, Share, Year

Served = Annotated[float, Field(gt=0, le=1), NoBool]


class Owed(Section):
    """What every rule may say."""

    name: str = ""
    """What the rule is called in reports and errors; blank: h2plan makes one."""
    from_year: Year | None = None
    """First period that the rule is for; blank: every period."""
    holds: Literal["must", "priced", "reported"] = "must"
    """must: no plan breaks it; priced: a plan may, and pays; reported: the plan only says whether it is met."""

    def _priced_if(self, *prices: float | None) -> None:
        """Refuse a price without its rule, and the other way round."""
        given = any(price is not None for price in prices)
        if given != (self.holds == "priced"):
            raise ValueError("a price and 'holds: priced' go together")

    def is_for(self, period: int) -> bool:
        """Say whether the rule is for a period."""
        return self.from_year is None or period >= self.from_year


class StationsOwed(Owed):
    """Stations, those that stand included."""

    stations_min: Count | None = None
    stations_max: Count | None = None
    share_min: Share | None = None
    """Least share of all stations."""
    share_max: Share | None = None
    capacity_min_kg_per_d: Positive | None = None
    """Least capacity of them together, kg/d."""
    penalty_cny_per_yr: NotNegative | None = None
    """Price a year of each station that is missing or too many, or of the whole capacity asked for."""

    @property
    def asks_stations(self) -> bool:
        """Whether the rule says anything of stations."""
        given = (self.stations_min, self.stations_max, self.share_min, self.share_max, self.capacity_min_kg_per_d)
        return any(value is not None for value in given)

    @model_validator(mode="after")
    def _stations_in_order(self) -> StationsOwed:
        for low, high, what in (
            (self.stations_min, self.stations_max, "stations"),
            (self.share_min, self.share_max, "share"),
        ):
            if low is not None and high is not None and low > high:
                raise ValueError(f"{what}_min {low:g} is above {what}_max {high:g}")
        return self


class GroupOwed(StationsOwed):
    """Stations in a group of sites, and what must be served of the demand there."""

    served_share_min: Served | None = None
    """Least share of the demand there that must be served."""
    penalty_cny_per_kg: NotNegative | None = None
    """Price of each kilogram short of that."""

    @model_validator(mode="after")
    def _asks_something(self) -> GroupOwed:
        self._priced_if(self.penalty_cny_per_yr, self.penalty_cny_per_kg)
        if not self.asks_stations and self.served_share_min is None and not self.asks_more:
            raise ValueError("the rule asks for nothing: give stations_min, served_share_min or another of its keys")
        if self.holds == "priced" and self.asks_stations and self.penalty_cny_per_yr is None:
            raise ValueError("the stations of a priced rule need penalty_cny_per_yr")
        if self.holds == "priced" and self.served_share_min is not None and self.penalty_cny_per_kg is None:
            raise ValueError("served_share_min of a priced rule needs penalty_cny_per_kg")
        return self

    @property
    def asks_more(self) -> bool:
        """Whether the rule says anything else."""
        return False


class DistrictOwed(GroupOwed):
    """What one district is promised."""

    district: str
    """As in the column `district` of sites and demand; '*' for every district with demand, each by itself."""


class AreaOwed(GroupOwed):
    """What the inside of a polygon is promised: a demonstration zone, a port, a new town."""

    file: str
    """GeoJSON with polygons."""
    crs: Datum
    polygon: str | None = None
    """Name of one polygon of the file; blank: all of them together."""


class CorridorOwed(GroupOwed):
    """What a road is promised: stations, gaps, demand of the flows along it and of the places beside it."""

    road: str
    """As in the column `road` of the links; a link of several roads, written with '/', belongs to each."""
    within_km: Positive = 5.0
    """A site or place belongs to the road within this straight-line distance (h2plan assumption, unverified)."""
    gap_max_km: Positive | None = None
    """Longest part of the road without a station. In the EU 200 km between stations that are publicly accessible
    (Regulation (EU) 2023/1804, Article 6)."""
    gap_station_min_kg_per_d: NotNegative = 0.0
    """Smaller stations do not end a gap. In the EU 1,000 kg/d (the same article)."""

    @property
    def asks_more(self) -> bool:
        """Whether the rule asks for a largest gap."""
        return self.gap_max_km is not None

    @model_validator(mode="after")
    def _gap_has_a_price(self) -> CorridorOwed:
        if self.holds == "priced" and self.gap_max_km is not None and self.penalty_cny_per_yr is None:
            raise ValueError("gap_max_km of a priced rule needs penalty_cny_per_yr")
        return self


class _StationsOnly(StationsOwed):
    @model_validator(mode="after")
    def _asks_stations(self) -> _StationsOnly:
        self._priced_if(self.penalty_cny_per_yr)
        if not self.asks_stations:
            raise ValueError("the rule asks for nothing: give stations_min, share_max or another of its keys")
        return self


class HostOwed(_StationsOnly):
    """Stations at some kinds of hosts together."""

    kinds: Annotated[tuple[str, ...], Field(min_length=1)]
    """As in the column `kind` of the sites."""


class OwnerOwed(_StationsOnly):
    """Stations at the sites of one owner: a cap, a least share."""

    owner: str
    """As in the column `owner` of the sites."""


class OperatorOwed(Owed):
    """What one operator of vehicles is promised of its demand."""

    operator: str
    """As in the table of operators."""
    served_share_min: Served
    penalty_cny_per_kg: NotNegative | None = None
    """Price of each kilogram short."""

    @model_validator(mode="after")
    def _consistent(self) -> OperatorOwed:
        self._priced_if(self.penalty_cny_per_kg)
        return self


class PolicySection(Section):
    """What a plan owes beyond its limits."""

    districts: tuple[DistrictOwed, ...] = ()
    areas: tuple[AreaOwed, ...] = ()
    corridors: tuple[CorridorOwed, ...] = ()
    hosts: tuple[HostOwed, ...] = ()
    owners: tuple[OwnerOwed, ...] = ()
    operators: tuple[OperatorOwed, ...] = ()
    builders: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Owners that take part. A site of another owner stays closed to new stations, since only its owner may build
    there; a site without an owner is open to all. Blank: every site is open."""
    backup_share_min: Share | None = None
    """Share of all demand that must have two stations in its reach."""


class ResilienceSection(Section):
    """What happens when one station is lost."""

    radius_min: Positive | None = None
    """Farthest drive to a station while another one is lost, minutes; in km where limits are in km."""
    radius_km: Positive | None = None
    detour_max_min: Positive | None = None
    """Largest detour of a flow meanwhile, minutes; blank: that of the limits."""
    loss_share_min: Served | None = None
    """Share of what is served that must still be served after any one station is lost; blank: only reported."""

    @model_validator(mode="after")
    def _one_radius(self) -> ResilienceSection:
        if (self.radius_min is None) == (self.radius_km is None):
            raise ValueError("give exactly one of radius_min and radius_km")
        return self

    @property
    def radius(self) -> tuple[Literal["min", "km"], float]:
        """Metric and limit."""
        if self.radius_min is not None:
            return "min", self.radius_min
        assert self.radius_km is not None
        return "km", self.radius_km

    def refuse_narrower(self, metric: str, radius: float, *, detour_max_min: float) -> None:
        """Refuse a reach that is narrower than the usual one, or measured otherwise.

        Raises:
            ValueError: says which.
        """
        own, lost = self.radius
        if own != metric:
            raise ValueError(f"resilience.radius_{own} needs limits.service_radius_{own}: one measure for both")
        if lost < radius:
            raise ValueError(f"resilience.radius_{own} {lost:g} is below limits.service_radius_{own} {radius:g}")
        if self.detour_max_min is not None and self.detour_max_min < detour_max_min:
            raise ValueError(
                f"resilience.detour_max_min {self.detour_max_min:g} is below limits.detour_max_min {detour_max_min:g}"
            )
