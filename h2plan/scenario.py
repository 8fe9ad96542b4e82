"""A scenario: everything a plan depends on, in one YAML file, validated as a whole."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from h2plan.domain import SiteKind
from h2plan.fields import (
    Count,
    Datum,
    NoBool,
    NotNegative,
    Number,
    PlugIn,
    Positive,
    Section,
    Share,
    Year,
    keys_as_years,
)
from h2plan.scenario_policy import PolicySection, ResilienceSection
from h2plan.scenario_screen import MergeSection, ScreenSection
from h2plan.scenario_supply import SupplySection
from h2plan.scenario_years import YearsSection


class RegionSection(Section):
    """Where the plan is made."""

    city: str
    """Sites whose `city` column differs are set aside as outside the plan."""
    city_en: str = ""
    """English name of the city, for reports."""
    lon: tuple[Number, Number]
    """West and east limit of all coordinates, degrees."""
    lat: tuple[Number, Number]
    """South and north limit of all coordinates, degrees."""

    @model_validator(mode="after")
    def _limits_in_order(self) -> RegionSection:
        if self.lon[0] >= self.lon[1] or self.lat[0] >= self.lat[1]:
            raise ValueError("the first limit must be the smaller one")
        return self


class RoadsSection(Section):
    """The road network and how places join it."""

    nodes: str
    """Table of road nodes."""
    links: str
    """Table of road links."""
    speeds: str
    """Table of planning speeds by road class."""
    truck_access: str | None = None
    """Table of links closed to trucks; blank: every link is open to every vehicle."""
    rules_on: tuple[str, ...] = ()
    """Truck rules to switch on beside the defaults, by id."""
    rules_off: tuple[str, ...] = ()
    """Truck rules to switch off, by id."""
    planning_hour: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    """Time of day, HH:MM, at which truck rules are read; blank: a rule holds whatever its hours."""
    speed_overrides: dict[str, Positive] = Field(default_factory=dict)
    """Planning speeds by road class, km/h, in place of those of the table."""
    service_areas: Literal["one_site", "two_sites"] = "one_site"
    """Whether a service area is one site for both directions, or two half-sites (-a, -b), one a carriageway."""
    reentry_min: NotNegative = 0.0
    """Minutes that leaving an expressway at a toll gate and entering it again adds to a detour, beside the driving."""
    reentry_cny: NotNegative = 0.0
    """What it costs in tolls, CNY a visit."""
    reentry_source: str = "h2plan assumption, unverified"
    """Where these two come from."""
    rivers: str | None = None
    """Schematic rivers for the map."""
    crs: Datum
    """Datum of the road tables."""
    snap_limit_km: Positive = 15.0
    """A place farther than this from any road it may use is an error."""
    off_road_factor: Positive = 1.3
    """Length of the way to the road as a multiple of the straight line (h2plan assumption, unverified)."""
    attribution: str = ""
    """Credit line of the road data, shown on every map."""


class FleetSection(Section):
    """The fuel-cell fleet and how much of it runs."""

    vehicles: str
    """Table of vehicle classes."""
    mix: str
    """Table of fleet shares by class and use; shares sum to 1."""
    active_share_low: Share
    active_share_base: Share
    """Share of the registered fleet that refuels on an operating day."""
    active_share_high: Share
    ramp: Annotated[dict[Year, Share], BeforeValidator(keys_as_years)] = Field(default_factory=dict)
    """By year, how far the active share has risen towards its value; straight lines between years, 1 if blank."""
    operators: str | None = None
    """Table of operators: who runs which vehicles from which depot, under contract or not."""
    profiles: str | None = None
    """Table of hour profiles; blank: the peak hour is not known and counts as a 24th of the day."""
    months: str | None = None
    """Table of monthly factors by profile."""
    sizing_month: Literal["mean", "second_busiest", "busiest"] = "mean"
    """The month that demand is stated for: its factor multiplies the yearly mean."""
    source: str
    """Where the active share comes from."""

    @model_validator(mode="after")
    def _in_order(self) -> FleetSection:
        if not self.active_share_low <= self.active_share_base <= self.active_share_high:
            raise ValueError("active_share_low, _base and _high must not fall")
        return self


class TargetsSection(Section):
    """Totals that the demand is calibrated to."""

    fcev: Annotated[dict[Year, Positive], BeforeValidator(keys_as_years)]
    """Registered fuel-cell vehicles by year."""
    draft: tuple[Year, ...] = ()
    """Years whose target is a draft, not adopted."""
    standing: Annotated[dict[Year, NotNegative], BeforeValidator(keys_as_years)] = Field(default_factory=dict)
    """Vehicles registered already, by year; no later target may lie below."""
    table: str | None = None
    """Table of published targets, shown beside the demand with their status; nothing is computed from it."""
    source: str = ""
    """Where the target comes from."""


class AdoptionSection(Section):
    """How the fleet grows between and beyond the years that are known."""

    curve: Literal["table", "logistic", "bass"] = "table"
    """table: monotone cubic lines through the known years; logistic and bass: the curve gives the shape."""
    calibrate: Literal["targets", "standing"] = "targets"
    """standing: only registered vehicles are known, and the targets are what they are compared with (a back-cast)."""
    saturation: Positive | None = None
    """Vehicles in the end (logistic, bass)."""
    midpoint_yr: Number | None = None
    """Year in which half the saturation is reached (logistic)."""
    rate_per_yr: Positive | None = None
    """Steepness (logistic)."""
    begin_yr: Number | None = None
    """Year of the first vehicles (bass)."""
    innovation_per_yr: Positive | None = None
    """Coefficient p (bass)."""
    imitation_per_yr: NotNegative | None = None
    """Coefficient q (bass)."""
    source: str
    """Where the curve comes from."""

    @model_validator(mode="after")
    def _curve_is_given(self) -> AdoptionSection:
        needs = {
            "table": (),
            "logistic": ("saturation", "midpoint_yr", "rate_per_yr"),
            "bass": ("saturation", "begin_yr", "innovation_per_yr", "imitation_per_yr"),
        }[self.curve]
        missing = [name for name in needs if getattr(self, name) is None]
        if missing:
            raise ValueError(f"the curve {self.curve} needs {', '.join(missing)}")
        return self


class Spread(Section):
    """How uncertain one parameter is."""

    low: Number
    high: Number
    distribution: Literal["triangular", "uniform", "normal"] = "triangular"
    """normal: low and high are its 5th and 95th percentile, cut at both."""

    @model_validator(mode="after")
    def _in_order(self) -> Spread:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


class UncertaintySection(Section):
    """How the parameters of demand vary together; their ranges stand in the tables unless they are replaced here."""

    distribution: Literal["triangular", "uniform", "normal"] = "triangular"
    """Distribution of every parameter that is not named below."""
    consumption_correlation: Annotated[float, Field(ge=0, lt=1), NoBool] = 0.5
    """Rank correlation of kg/100 km between classes: weather and stack age act on all (h2plan assumption)."""
    distance_correlation: Annotated[float, Field(ge=0, lt=1), NoBool] = 0.3
    """Rank correlation of km/d between classes: freight and travel rise together (h2plan assumption)."""
    fleet_low_share: Share = 0.6
    """Least part of the target that is reached (h2plan assumption, unverified)."""
    fleet_high_share: Annotated[float, Field(ge=1, le=10), NoBool] = 1.2
    """Largest part (h2plan assumption, unverified)."""
    peak_low_share: Share = 0.8
    """Peak hour against the profile's, low and high (h2plan assumption, unverified)."""
    peak_high_share: Annotated[float, Field(ge=1, le=10), NoBool] = 1.3
    parameters: dict[str, Spread] = Field(default_factory=dict)
    """Parameter id (such as 'active_share' or 'km_per_d:bus_12m') to its range."""


class LimitsSection(Section):
    """What the plan may use. Counts include stations that stand already; the budget counts new capex only."""

    service_radius_min: Positive | None = None
    """Farthest drive from a demand point to its station, minutes."""
    service_radius_km: Positive | None = None
    """The same in kilometres; give exactly one of the two."""
    detour_max_min: Positive = 10.0
    """Largest detour of a flow, minutes."""
    stations_max: Count | None = None
    stations_min: Count | None = None
    budget_cny: NotNegative | None = None
    served_share_min: Share | None = None
    """Least share of all demand that must be served."""
    spacing_km: Positive | None = None
    """Least straight-line distance between two stations of which one at least is new, km."""
    utilisation_max: Annotated[float, Field(gt=0, le=1), NoBool] = 0.75
    """Share of a station's capacity that may be planned for (h2plan assumption, unverified)."""
    peak_hour: bool = False
    """Whether a station gives no more in its busiest hour than its dispensers can; needs station_equipment."""
    required: tuple[str, ...] = ()
    """Sites that must have a station, by id."""
    forbidden: tuple[str, ...] = ()
    """Sites that must not, by id."""

    @model_validator(mode="after")
    def _consistent(self) -> LimitsSection:
        if (self.service_radius_min is None) == (self.service_radius_km is None):
            raise ValueError("give exactly one of service_radius_min and service_radius_km")
        both = sorted(set(self.required) & set(self.forbidden))
        if both:
            raise ValueError(f"required and forbidden at the same time: {', '.join(both)}")
        if self.stations_min is not None and self.stations_max is not None and self.stations_min > self.stations_max:
            raise ValueError(f"stations_min {self.stations_min} is above stations_max {self.stations_max}")
        return self

    @property
    def radius(self) -> tuple[Literal["min", "km"], float]:
        if self.service_radius_min is not None:
            return "min", self.service_radius_min
        assert self.service_radius_km is not None
        return "km", self.service_radius_km


class FinanceSection(Section):
    """Prices. Costs are annual: capital is spread by the capital recovery factor."""

    discount_rate: Share
    operating_d_per_yr: Annotated[float, Field(gt=0, le=366), NoBool]
    """Days a year on which the daily demand arises."""
    vehicle_time_cny_per_h: NotNegative
    """Driver and vehicle on the way to a station."""
    shortfall_cny_per_kg: NotNegative
    """Price of a kilogram that is not served."""
    build_share: dict[SiteKind, Positive] = Field(default_factory=dict)
    """What a new station costs by host kind, as a share of the capital cost of its size: a retrofit at a fuel station,
    say, below 1. Kinds that are left out cost 1."""
    source: str
    """Where these prices come from."""


class SolverSection(Section):
    """How long and how exactly to solve."""

    gap: Annotated[float, Field(ge=0, lt=1), NoBool] = 0.001
    """Relative gap at which a goal counts as solved."""
    limit_s: Positive = 60.0
    """Seconds for all goals together."""
    threads: Annotated[int, Field(ge=1, le=64), NoBool] = 2
    seed: Count = 0
    method: Literal["auto", "direct", "cuts"] = "auto"
    """direct: the model as it stands, by HiGHS; cuts: branch and cut, where the model has one; auto: by size."""


class AlternativesSection(Section):
    """Further questions asked of the same data, for the report."""

    least_cost_for_same_share: bool = False
    """How many stations would the cheapest plan need that serves as much?"""
    year_by_year: bool = False
    """What does it cost, and who is served, if each period is planned without an eye to the next?"""
    all_at_once: bool = False
    """And if the stations of the last period all open in the first?"""
    limit_s: Positive = 30.0
    gap: Annotated[float, Field(ge=0, lt=1), NoBool] = 0.01


class Title(Section):
    """The plan's title in two languages."""

    zh: str
    en: str


class Scenario(Section):
    """Everything a plan depends on. Paths are relative to the project folder, which holds `data/`."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    """Short name; results are written to results/<name>/."""
    title: Title
    region: RegionSection
    periods: Annotated[tuple[Year, ...], Field(min_length=1)]
    """Years to plan."""
    years: YearsSection | None = None
    """What binds several periods together; blank: no budget by year, no ramp, stations stay and may grow."""
    roads: RoadsSection
    sites: Annotated[tuple[PlugIn, ...], Field(min_length=1)]
    """Where stations may stand: each entry is read by a plug-in of h2plan/sites."""
    merge: MergeSection = MergeSection()
    """When rows of the site tables are one place."""
    screen: ScreenSection = ScreenSection()
    fleet: FleetSection
    targets: TargetsSection
    adoption: AdoptionSection | None = None
    """How the fleet grows between the years of the targets; blank: every period has its target."""
    uncertainty: UncertaintySection = UncertaintySection()
    demand: Annotated[tuple[PlugIn, ...], Field(min_length=1)]
    """Who wants hydrogen: each entry is read by a plug-in of h2plan/demand."""
    station_sizes: str
    """Table of station sizes."""
    station_equipment: str | None = None
    """Table of what each size is equipped with: with it, vehicles that need 70 MPa fill only where that is fitted;
    blank: pressure is set aside."""
    limits: LimitsSection
    policy: PolicySection | None = None
    """What the plan owes beyond its limits: districts, areas, corridors, hosts, owners, operators."""
    resilience: ResilienceSection | None = None
    """What happens when one station is lost; blank: not looked at."""
    supply: SupplySection | None = None
    finance: FinanceSection
    model: PlugIn
    """The location model: a plug-in of h2plan/models."""
    alternatives: AlternativesSection = AlternativesSection()
    solver: SolverSection = SolverSection()
    outputs: Annotated[tuple[PlugIn, ...], Field(min_length=1)]
    """What is written: each entry is a plug-in of h2plan/outputs."""

    @model_validator(mode="after")
    def _targets_cover_periods(self) -> Scenario:
        missing = [year for year in self.periods if year not in self.targets.fcev]
        if missing and self.adoption is None:
            raise ValueError(f"targets.fcev has no value for {', '.join(map(str, missing))}")
        if list(self.periods) != sorted(set(self.periods)):
            raise ValueError("periods must rise, each year once")
        return self

    @model_validator(mode="after")
    def _hours_are_known(self) -> Scenario:
        if self.limits.peak_hour and (self.station_equipment is None or self.fleet.profiles is None):
            raise ValueError("limits.peak_hour needs station_equipment and fleet.profiles")
        return self

    @model_validator(mode="after")
    def _wider_when_lost(self) -> Scenario:
        if self.resilience is not None:
            self.resilience.refuse_narrower(*self.limits.radius, detour_max_min=self.limits.detour_max_min)
        return self

    @model_validator(mode="after")
    def _years_bind_periods(self) -> Scenario:
        if self.years is None:
            return self
        if len(self.periods) == 1:
            raise ValueError("years binds several periods together, and there is one; leave the section out")
        until = self.years.decided_until
        if until is not None and until not in self.periods[:-1]:
            key = "decided_from.through" if self.years.decided is None else "decided.until"
            earlier = ", ".join(map(str, self.periods[:-1]))
            raise ValueError(f"years.{key} {until} must be a period before the last: {earlier}")
        unknown = sorted(set(self.years.limits) - set(self.periods))
        if unknown:
            raise ValueError(f"years.limits names {', '.join(map(str, unknown))}, which is no period")
        for year in self.periods:
            self.limits_in(year)
        return self

    @property
    def phased(self) -> YearsSection:
        """What binds the periods together, said or not."""
        return YearsSection() if self.years is None else self.years

    def limits_in(self, period: int) -> LimitsSection:
        """Return the limits of one period: those for all of them, with what the period says itself.

        Raises:
            ValueError: they contradict each other.
        """
        own = None if self.years is None else self.years.limits.get(period)
        changed = {} if own is None else own.model_dump(exclude_none=True)
        limits = self.limits.model_copy(update=changed)
        most, least = limits.stations_max, limits.stations_min
        if most is not None and least is not None and least > most:
            raise ValueError(f"stations_min {least} is above stations_max {most} in {period}")
        return limits
