"""What a model needs, as labelled arrays: ids go in and come out, positions never leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from h2plan.delivering import Mode, Supply
from h2plan.phases import Phasing, Policy

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the user allows. Counts include stations that stand already; the budget counts new capex only."""

    stations_max: int | None = None
    stations_min: int | None = None
    budget_cny: float | None = None
    served_share_min: float | None = None
    utilisation_max: float = 1.0
    unplaced_built: int = 0
    """Stations that stand but have no known position: they count and serve nobody."""


@dataclass(frozen=True, kw_only=True)
class SiteArrays:
    """Sites j in the order of `ids` (sorted)."""

    ids: tuple[str, ...]
    built_kg_per_d: Floats
    """Capacity that stands already; NaN where nothing is built."""
    max_kg_per_d: Floats
    """Largest new station allowed; inf where nothing limits it."""
    land_cny_per_yr: Floats
    required: NDArray[np.bool_]
    forbidden: NDArray[np.bool_]
    build_share: Floats | None = None
    """What a station costs here as a share of its size's capital cost (a retrofit below 1); None: 1 everywhere."""
    extends_to_kg_per_d: Floats | None = None
    """Largest capacity to which the station that stands may be extended; NaN where none may. None: none anywhere."""
    at_70_mpa: NDArray[np.bool_] | None = None
    """Whether what stands here dispenses at 70 MPa; None: pressure is set aside."""
    built_peak_kg_per_h: Floats | None = None
    """What stands here can dispense in the busiest hour, NaN where nothing is built; None: hours are set aside."""


@dataclass(frozen=True, kw_only=True)
class SizeArrays:
    """Station sizes k in rising capacity."""

    ids: tuple[str, ...]
    capacity_kg_per_d: Floats
    capex_cny: Floats
    annual_cost_cny_per_yr: Floats
    """Annuity of the capital cost plus operating cost of a new station of this size."""
    opex_cny_per_yr: Floats
    fit_70_capex_cny: Floats | None = None
    """Extra capital cost of dispensing at 70 MPa, by size, NaN where never fitted; None: pressure is set aside."""
    fit_70_cny_per_yr: Floats | None = None
    """Annuity of it plus what it costs to run, by size."""
    peak_kg_per_h: Floats | None = None
    """What a size can dispense in the busiest hour; None: hours are set aside."""


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Demand-site pairs in reach, sparse: row n says that demand `demand[n]` can use site `site[n]`.

    For a point, `minutes` and `km` are one way; for a flow they are the whole detour.
    """

    demand: Ints
    site: Ints
    minutes: Floats
    km: Floats
    access_cny_per_kg: Floats
    """What it costs the drivers to get one kg here: time and distance there and back, or the detour."""


def _no_ints() -> Ints:
    return np.empty(0, dtype=np.intp)


def _no_floats() -> Floats:
    return np.empty(0, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Trips:
    """Flows as trips, and the sites that each can stop at. A row of demand that is no flow has no trip.

    A stop leaves the route at `km` from the origin and comes back to it there after `spur_km` each way, so that the
    way from stop i on to stop j is spur_i + |km_j - km_i| + spur_j.
    """

    row: Ints = field(default_factory=_no_ints)
    """Trip n is the demand row `row[n]`; rising."""
    length_km: Floats = field(default_factory=_no_floats)
    """One way, by trip."""
    range_km: Floats = field(default_factory=_no_floats)
    """What a full tank lasts for, by trip; NaN where nobody knows."""
    stop_trip: Ints = field(default_factory=_no_ints)
    """Stop n lets trip `stop_trip[n]` fill at site `stop_site[n]`; sorted by trip."""
    stop_site: Ints = field(default_factory=_no_ints)
    stop_km: Floats = field(default_factory=_no_floats)
    spur_km: Floats = field(default_factory=_no_floats)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One period of siting. Demand rows i are points and flows alike; both are sorted by id."""

    period: int
    demand_ids: tuple[str, ...]
    demand_kg_per_d: Floats
    sites: SiteArrays
    sizes: SizeArrays
    pairs: Pairs
    limits: Limits
    shortfall_cny_per_kg: float
    operating_d_per_yr: float
    total_kg_per_d: float
    """All demand of the scenario, out of reach included: the base of every share."""
    unreached: tuple[str, ...] = ()
    """Demand beyond every site's reach; not among `demand_ids`."""
    trips: Trips = field(default_factory=Trips)
    """Used by the corridor models only."""
    conflicts: Ints = field(default_factory=lambda: np.empty((0, 2), dtype=np.intp))
    """Pairs of sites (rows of two) that are too close for both to have a station, unless both stand already."""
    site_km: Floats | None = None
    """Distance between any two sites, sites x sites; None where nobody measured it."""
    vehicles: Floats | None = None
    """Vehicles behind each demand row, for plans that count them."""
    at_70_mpa: NDArray[np.bool_] | None = None
    """Demand rows that fill at 70 MPa; None: pressure is set aside."""
    peak_kg_per_h: Floats | None = None
    """What each demand row takes in the busiest hour; None: hours are set aside."""
    supply: Supply | None = None
    """None: hydrogen is at hand everywhere."""
    supply_max_kg_per_d: float | None = None
    """All hydrogen that there is, where supply is set aside otherwise; None: no limit."""
    policy: Policy = field(default_factory=Policy)
    wider: Pairs | None = None
    """Pairs in reach within the wider radius that holds while a station is lost."""
    earlier: tuple[Problem, ...] = ()
    """The periods before this one, in order; sites and sizes are the same in all. Only the first limits (`limits` of
    the problem itself) hold for every period; counts are those of the period."""
    phasing: Phasing | None = None
    """Set on the last period of a plan of several years; None: one year stands for itself."""

    @property
    def keeps_pressure(self) -> bool:
        """Whether some vehicles of the plan need 70 MPa, and stations say whether they give it."""
        return self.at_70_mpa is not None

    @property
    def keeps_hours(self) -> bool:
        """Whether a station gives no more in its busiest hour than its dispensers can."""
        return self.peak_kg_per_h is not None

    @property
    def years(self) -> tuple[Problem, ...]:
        """Every period in order, this one last."""
        return (*self.earlier, self)


StopReason = Literal["optimal", "feasible_limit", "interrupted"]


@dataclass(frozen=True, kw_only=True)
class Goal:
    """How one objective ended: what was found, what is proven, and why the solver stopped."""

    name: str
    sense: Literal["max", "min"]
    value: float
    bound: float | None
    gap: float | None
    """|bound - value| / |value|; None where no bound is known."""
    stopped: StopReason
    nodes: int


@dataclass(frozen=True, kw_only=True)
class YearDecisions:
    """What stands, who is served and what is delivered in one period, by id."""

    period: int
    open: Mapping[str, str]
    """Site id to size id; a station that stands since before the plan has the size id 'built'."""
    serve: Mapping[tuple[str, str], float]
    """(demand id, site id) to the share of that demand served there, 0..1."""
    deliver: Mapping[tuple[str, str, Mode], float] = field(default_factory=dict)
    """(origin id, destination id, mode) to kg/d."""
    centres: tuple[str, ...] = ()
    """Storage-and-transport centres that stand."""
    at_70_mpa: frozenset[str] = frozenset()
    """Sites whose stations dispense at 70 MPa, those that stand since before the plan included."""


@dataclass(frozen=True, kw_only=True)
class Solution:
    """Decisions by id, and what is known of their quality; of several years, those of the last stand here."""

    model: str
    open: Mapping[str, str]
    """Site id to size id; a station that stands has the size id 'built'."""
    serve: Mapping[tuple[str, str], float]
    """(demand id, site id) to the share of that demand served there, 0..1."""
    goals: tuple[Goal, ...]
    seconds: float
    solver: str
    options: Mapping[str, object] = field(default_factory=dict)
    rows: int = 0
    columns: int = 0
    nonzeros: int = 0
    deliver: Mapping[tuple[str, str, Mode], float] = field(default_factory=dict)
    """(origin id, destination id, mode) to kg/d."""
    centres: tuple[str, ...] = ()
    at_70_mpa: frozenset[str] = frozenset()
    earlier: tuple[YearDecisions, ...] = ()
    """Decisions of the periods before the last, in order."""

    @property
    def stopped(self) -> StopReason:
        """The weakest reason among the goals."""
        order: Sequence[StopReason] = ("interrupted", "feasible_limit", "optimal")
        return min((goal.stopped for goal in self.goals), key=order.index)


def decided(solution: Solution, period: int) -> tuple[YearDecisions, ...]:
    """Return the decisions of every year in order; `period` is the last."""
    last = YearDecisions(
        period=period,
        open=solution.open,
        serve=solution.serve,
        deliver=solution.deliver,
        centres=solution.centres,
        at_70_mpa=solution.at_70_mpa,
    )
    return (*solution.earlier, last)


BUILT = "built"
"""Size id of a station that stands already."""
