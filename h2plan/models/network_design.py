"""Where to build, how large, when, and who is served there, with capacities: the network design model.

Minimise or maximise, in order
    objective `coverage`: 1. most hydrogen served, Σ_t w_t Σ_ij d_it x_ijt / Σ_t w_t (kg/d); 2. least cost among those
    objective `cost`:     1. least cost
    cost = Σ_t w_t (Σ_jk (a_jk + l_j) y_jkt + premium_t + Σ_jk e_k f_jkt + Σ_ij g_ijt x_ijt
               + n π (D_t - Σ_ij d_it x_ijt) + supply_t)
    supply_t = n Σ_olm (p_ot + q_olm) f_olmt + Σ_c b_c h_ct + Σ_olm b_olm v_olmt      where supply is in the model

so that in every year t
    one_size_per_site       Σ_k y_jkt ≤ 1           one new station a site; = 1 at a required site in the last year
    keep_apart              Σ_k y_jkt + Σ_k y_lkt ≤ 1    for sites j, l that are too close; a station that stands is 1
    one_extension_per_station    Σ_k e_jk ≤ 1       only where standing stations may be extended
    serve_at_most_all       Σ_j x_ijt ≤ 1           no demand is served twice
    respect_capacity        Σ_i d_it x_ijt ≤ u (Σ_k C_k y_jkt + built_j)
    serve_only_from_open    x_ijt ≤ Σ_k min(1, u C_k / d_it) y_jkt    (implied; tightens the relaxation)
    enough_capacity_in_all  u (Σ_jk C_k y_jkt + Σ_j built_j) ≥ served_t      (implied)
    stations_at_most, stations_at_least    Σ_jk y_jkt + standing within the limits of the year
    meet_served_share       served_t ≥ share_t · D_t

where the busiest hour is asked for, in every year t
    respect_peak_hour             Σ_i p_it x_ijt ≤ Σ_k P_k y_jkt + P_j

where some vehicles need 70 MPa, in every year t
    fit_only_what_stands          f_jkt ≤ y_jkt
    fill_only_at_its_pressure     x_ijt ≤ Σ_k min(1, u C_k / d_it) f_jkt     for the demand of these vehicles; at what
                                  stood before the plan x_ijt ≤ 1 if it gives 70 MPa, else 0
    stay_fitted                   Σ_l≥k f_jlt ≥ Σ_l≥k f_jl,t-1

and where supply is in the model, in every year t
    balance_each_station         Σ_om f_ojmt = Σ_i d_it x_ijt
    balance_each_centre          Σ_om f_ocmt = Σ_jm f_cjmt
    sell_no_more_than_available  Σ_lm f_slmt ≤ S_st
    sell_at_least_smallest       Σ_lm f_slmt ≥ R_s w_st       at sources with a smallest feed only
    sell_only_if_at_all          Σ_lm f_slmt ≤ S_st w_st
    hand_on_within_capacity      Σ_jm f_cjmt ≤ H_c h_ct
    carry_only_where_a_link_stands        f_olmt ≤ M_olm v_olmt       for links with a fixed charge
    pass_only_through_centres_that_stand  f_olmt ≤ M_olm h_ct       to and from centre c (implied)
    receive_only_where_a_link_stands      x_ijt ≤ Σ_om min(1, M_ojm / d_it) v_ojmt    where every way in has a charge
                                          (implied)
    count_trailers               Σ_olm τ_olm f_olmt ≤ T
    required_centres_stand       h_ct = 1
    required_links_stand         v_olmt = 1        what was laid before, where the years are planned one after the other
    keep_centres, keep_links     h_ct ≥ h_c,t-1; v_olmt ≥ v_olm,t-1

and between the years, in a plan of several
    never_close             Σ_l≥k y_jlt ≥ Σ_l≥k y_jl,t-1    stations stay and never shrink; without upgrades for each k
    never_grow              Σ_l>k y_jlt + y_jk,t-1 ≤ 1      where stations may close, but not grow
    open_once               Σ_k o_jkt ≤ Σ_k (y_jkt - y_jk,t-1)     only where upgrades cost a premium
    open_as_it_stands       o_jkt ≤ y_jkt
    spend_on_growth         s_jt ≥ Σ_k F_jk (y_jkt - y_jk,t-1), s_jt ≥ 0           only where stations may close
    within_budget_of_years  Σ_τ≤t spent_τ ≤ Σ_τ≤t B_τ; spent_t ≤ B_t without carry-over
    within_budget           Σ_t spent_t ≤ B         in a plan of one year: Σ_jk F_jk y_jk ≤ B
    grow_into_use           u Σ_k C_k y_jkt in the rows above becomes u Σ_τ≤t s_τt Σ_k C_k (y_jkτ - y_jk,τ-1)
    never_shrink            Σ_l≥k e_jlt ≥ Σ_l≥k e_jl,t-1    extended stations never shrink
    keep_frozen             y_jkt = what was decided for a period already
    A site that cannot open before some period has no y_jkt before it.

Symbols
    y_jkt ∈ {0, 1}  a new station of size k stands at site j in year t; not defined where it is forbidden, too large
                    or something stands
    x_ijt ∈ [0, 1]  share of demand i served at site j in year t, for pairs in reach
    p_it kg/h in the busiest hour of demand i; P_k what a new station of size k gives in one, P_j what stands at j
    f_jkt ∈ {0, 1}  that station is fitted for 70 MPa; e_k annuity and operation of it (10,000 CNY/yr), its capital
                    counts in the budget of the year in which it is fitted
    o_jkt ∈ [0, 1]  the size at which a station opens; s_jt ≥ 0 capital spent at a site
    w_t  discounted years that the period lasts, Σ (1 + r)^-(year - first year); 1 in a plan of one year
    d_it kg/d demand; D_t kg/d all demand, out of reach included; C_k kg/d capacity; u largest utilisation, 0-1
    a_jk annuity and operation of size k at site j, l_j land (10,000 CNY/yr); F_jk its capital cost (10,000 CNY)
    g_ijt yearly cost of the way to j for all of i; n operating days a year; π price of a kg that is not served
    B_t  new capital that becomes available for a period; B what the whole plan may spend (10,000 CNY)
    s_τt part of the utilisation limit that capacity opened in τ may be planned for in t, 0-1
    spent_t  capital of what opens, and (1 + ρ) times the difference in capital cost of what is upgraded; with supply
             the capital of centres and links that are new
    premium_t  the annuity of what upgrades cost above that difference
    f_olmt ≥ 0 kg/d from origin o (source s, centre c, or for production on site the station itself) to destination l
           (centre, station j) by mode m; M_olm the most that makes sense there
    h_ct ∈ {0, 1} centre c stands; v_olmt ∈ {0, 1} a link with a fixed charge is laid; w_st ∈ {0, 1} source s sells
    S_st kg/d for sale; R_s least feed; H_c capacity of a centre; p_ot price at the gate, q_olm delivery (10,000 CNY/kg)
    b_c, b_olm yearly cost of a centre and of a laid link; τ_olm vehicles that a kg/d keeps busy; T vehicles in all

    e_jkt ∈ {0, 1}  the station that stands at j has been extended to size k in year t: C_k - built_j more capacity, for
                    (1 + ρ) (F_jk - F_j(built_j)) of capital; F_j between sizes on the straight line

Stations that stand are open with the capacity they have, extended or not; their own costs are sunk or the same in every
plan and stay out. Those without a position count and serve nobody. Demand rows of 0 kg/d take no part.

After G. Cornuéjols, R. Sridharan, J. M. Thizy, A comparison of heuristics and relaxations for the capacitated plant
location problem, European Journal of Operational Research 50 (1991), with a choice of sizes; the years after
S. H. Chung, C. Kwon, Multi-period planning for electric car charging station locations, European Journal of
Operational Research 242 (2015), and S. D. Jena, J.-F. Cordeau, B. Gendron, Dynamic facility location with generalized
modular capacities, Transportation Science 49 (2015).
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import pyomo.environ as pyo
from pydantic import Field, model_validator

from h2plan.models import _extend as extending
from h2plan.models import _hops as hops
from h2plan.models import _hours as hours
from h2plan.models import _parts as parts
from h2plan.models import _policy as policy
from h2plan.models import _pressure as pressure
from h2plan.models import _resilience as resilience
from h2plan.models import _serving as serving
from h2plan.models import _supply as supply
from h2plan.models import _tours as tours
from h2plan.models import _years as years
from h2plan.problem import Problem

FAMILIES: tuple[years.Family, ...] = (
    parts.open_stations,
    extending.extend_standing,
    parts.serve_demand,
    extending.one_extension_per_station,
    pressure.fit_stations,
    parts.one_size_per_site,
    parts.keep_apart,
    parts.serve_at_most_all,
    parts.respect_capacity,
    parts.serve_only_from_open,
    pressure.fit_only_what_stands,
    pressure.fill_only_at_its_pressure,
    hours.respect_peak_hour,
    parts.enough_capacity_in_all,
    parts.count_within_limits,
    parts.meet_served_share,
    supply.balance_supply,
    policy.keep_policy,
    resilience.outlast_largest,
    resilience.outlast_each,
)
"""What every year holds. A new family is a line here: a function (block, net) that looks at one year alone."""
COSTS: tuple[years.YearlyCost, ...] = (
    parts.annual_cost,
    extending.extension_cost,
    pressure.fit_cost,
    supply.supply_cost,
    policy.penalties,
)
"""What a year costs, 10,000 CNY/yr; a new cost is a line here."""

Aim = Literal["cost", "worst_district", "minutes", "backup"]


class Options(tours.TourOptions):
    """What the network design model aims at, and how demand is given to stations."""

    objective: Literal["coverage", "cost", "vehicles", "worst_district"] = Field(
        default="coverage",
        description="coverage: serve most; vehicles: serve most vehicles; worst_district: serve the worst-served "
        "district best; cost: least cost, a shortfall priced",
    )
    then: tuple[Aim, ...] | None = Field(
        default=None,
        description="goals after the first, in order: least cost, worst-served district, fewest minutes on the way, "
        "most demand with two stations in reach; blank: least cost after any other objective",
    )
    sourcing: Literal["split", "single"] = Field(
        default="split", description="split: a row may be shared among stations; single: each row has one station"
    )
    closest: bool = Field(default=False, description="each row is served at an open site nearest to it, by minutes")
    flows: Literal["shares", "tours"] = Field(
        default="shares",
        description="shares: a flow may fill at any station in its reach; tours: it is driven from stop to stop on one "
        "tank, and each stop fills what was driven",
    )

    @model_validator(mode="after")
    def _each_goal_once(self) -> Options:
        aims = self.aims
        twice = sorted({aim for aim in aims if aims.count(aim) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is a goal twice: leave it out of then")
        return self

    @property
    def aims(self) -> tuple[str, ...]:
        """Every goal in order."""
        if self.then is None:
            return ("cost",) if self.objective == "cost" else (self.objective, "cost")
        return (self.objective, *self.then)

    @property
    def is_plain(self) -> bool:
        """Whether demand is shared freely and money or kilograms are all that counts."""
        return self.aims in {("cost",), ("coverage", "cost")} and not self.binds_demand

    @property
    def binds_demand(self) -> bool:
        """Whether it matters who is served where."""
        return self.closest or self.sourcing == "single" or self.flows == "tours"


def build(problem: Problem, options: Options) -> Any:
    """Build the Pyomo model: the variables of one year in itself, those of several in `model.year[t]`.

    Raises:
        InputError: a required site where no size may stand.
    """
    model = pyo.ConcreteModel(name="network_design")
    plan = years.stages(model, problem, _families(problem, options))
    for link in years.LINKS:
        link(plan)
    parts.set_goals(model, *(_goal(plan, aim) for aim in options.aims))
    model.assignment = "shares"
    plain = options.is_plain and problem.supply is None and not problem.policy.binds
    model.guided = problem.phasing is None and plain and not (problem.keeps_pressure or problem.keeps_hours)
    model.stations_apart = not any(net.extensions for net in plan.nets)
    model.nearest_only = options.closest
    model.stages = list(zip(plan.blocks, plan.nets, strict=True))
    return model


def _families(problem: Problem, options: Options) -> tuple[years.Family, ...]:
    """Return the families of a year, with those that only some options or policies need."""
    drives = options.flows == "tours" and any(len(year.trips.row) for year in problem.years)
    driven = {year.demand_ids[row] for year in problem.years for row in year.trips.row} if drives else set()
    two = "backup" in options.aims or any(year.policy.backup_share_min is not None for year in problem.years)
    asked: list[tuple[bool, years.Family]] = [
        (options.sourcing == "single", partial(serving.serve_whole, but=driven)),
        (options.closest, partial(serving.closest_first, but=driven)),
        (drives, partial(hops.drive_trips, options=options)),
        (two, policy.reach_two),
        ("worst_district" in options.aims, policy.serve_worst),
    ]
    first, last = FAMILIES[:3], FAMILIES[3:]
    return (*first, *(family for is_asked, family in asked if is_asked), *last)


def _goal(plan: years.Stages, aim: str) -> parts.GoalIn:
    """Return a goal; those of several years have names of their own."""
    several = len(plan.blocks) > 1
    if aim == "cost":
        priced = any(net.problem.policy.is_priced for net in plan.nets)
        name = f"{'present' if several else 'annual'}_{'scored_' if priced else ''}cost_cny"
        return (name, "min", lambda: years.present(plan, COSTS), parts.CNY_PER_UNIT)
    name, sense, yearly, unit = MEASURES[aim]
    return (f"mean_{name}" if several else name, sense, lambda: years.mean(plan, yearly) / unit, unit)


MEASURES: dict[str, tuple[str, Literal["max", "min"], years.YearlyCost, float]] = {
    "coverage": ("served_kg_per_d", "max", lambda block, _: block.served, 1.0),
    "vehicles": ("vehicles_served", "max", policy.vehicles_served, 1.0),
    "worst_district": ("worst_served_share", "max", lambda block, _: block.worst_share, 1e-3),
    "minutes": ("travel_kg_min_per_d", "min", policy.travel_kg_min, 1.0),
    "backup": ("backup_kg_per_d", "max", policy.backed_kg, 1.0),
}
"""Goals that are no money: name, sense, the figure of one year, and the unit in which it is kept when others follow."""
