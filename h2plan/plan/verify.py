"""The independent re-check of a plan: from the results folder alone, without model and solver.

Everything is computed anew from the saved inputs, for every year of the plan; the road search, the geometry of places
along a road (both h2plan.geo) and the adoption curve (h2plan.adoption) are the only calculations shared with planning.
Spreads of demand that are left to the plan are named in the certificate. Sentences for the reader, the links of the
route of a flow, recorded versions, and alternatives are not re-checked; the bound of the solver is taken as reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from h2plan.errors import InputError
from h2plan.plan._check_case import Case
from h2plan.plan._check_decided import approvals_kept
from h2plan.plan._check_demand import CONSERVED, demand_follows_tables, vehicles_conserved
from h2plan.plan._check_equipment import is_asked, pressure_kept
from h2plan.plan._check_figures import figures_add_up
from h2plan.plan._check_finding import TOLERANCE, Finding, judge
from h2plan.plan._check_goals import goals_hold
from h2plan.plan._check_hours import peak_hour_kept
from h2plan.plan._check_inputs import inputs_unchanged
from h2plan.plan._check_levels import levels_hold
from h2plan.plan._check_losses import losses_hold
from h2plan.plan._check_models import model_kept, stations_apart
from h2plan.plan._check_nearest import nearest_told
from h2plan.plan._check_phases import builds_told, money_kept, stations_follow
from h2plan.plan._check_policy import policy_kept
from h2plan.plan._check_reach import serve_within_reach, unreached_have_no_site
from h2plan.plan._check_serving import serve_only_from_open
from h2plan.plan._check_sites import sites_real
from h2plan.plan._check_spread import not_re_derived
from h2plan.plan._check_stations import limits_kept, one_size_per_site, respect_capacity
from h2plan.plan._check_supply import centres_follow, supply_balanced
from h2plan.plan._check_travel import Travel, measure_anew
from h2plan.plan._check_years import in_every_year
from h2plan.plan.certificate import Certificate, Check, ReportedGoal, proof
from h2plan.plan.files import INPUTS_FOLDER, read_plan
from h2plan.project import PLAN_FILE, sha256

CAPACITIES_ASIDE = frozenset({"max_cover", "set_cover", "p_median", "p_center", "p_dispersion", "flow_refuelling"})
"""Models whose plans may hand out more at a station than it can dispense."""
EQUIPMENT: Mapping[str, Callable[[Sequence[Case]], Iterator[Finding]]] = {
    "pressure_kept": pressure_kept,
    "peak_hour_kept": peak_hour_kept,
}
"""Families of plans that look at what stations are equipped with."""
ALTERNATIVES_NOTE = "alternatives are not re-checked"
FLOW_TOLERANCE = 2e-5
"""A largest flow is counted in hundredths of a gram; each of a city's thousand rows of demand loses part of one."""


def verify(folder: Path) -> Certificate:
    """Re-check the plan of a results folder; what does not hold gives the verdict 'fail', never an exception.

    Raises:
        InputError: the folder holds no plan that this version can read, or no inputs.
    """
    plan = read_plan(folder)
    if not (folder / INPUTS_FOLDER).is_dir():
        raise InputError(
            "there is no inputs/ here; a plan is re-checked from the inputs saved with it", where=str(folder)
        )
    years = Case.of(folder, plan)
    checks = _checks(years)
    return Certificate(
        verdict="pass" if all(check.passed for check in checks) else "fail",
        scenario=plan.scenario,
        period=plan.period,
        periods=plan.periods,
        checks=checks,
        plan_sha256=sha256(folder / PLAN_FILE),
        inputs={name: sha256(path) for name, path in years[-1].files.items() if path.is_file()},
        versions=dict(plan.versions),
        seed=plan.seed,
        status=plan.stopped,
        goals=_goals_reported(years[-1]),
    )


def _goals_reported(case: Case) -> tuple[ReportedGoal, ...]:
    return tuple(
        ReportedGoal(
            name=goal.name,
            sense=goal.sense,
            value=goal.value,
            bound=goal.bound,
            gap=goal.gap,
            stopped=goal.stopped,
            proof=proof(goal),
        )
        for goal in case.whole.goals
    )


def _checks(years: Sequence[Case]) -> tuple[Check, ...]:
    """Every family of conditions, in the order in which a reader would ask."""

    def every_year(family: str, check: Callable[[Case], Iterator[Finding]], *, tolerance: float = TOLERANCE) -> Check:
        return judge(family, in_every_year(years, check), tolerance=tolerance)

    return (
        judge("inputs_unchanged", inputs_unchanged(years[-1])),
        judge("sites_real", sites_real(years)),
        every_year("one_size_per_site", one_size_per_site),
        every_year("limits_kept", limits_kept),
        every_year("stations_apart", stations_apart),
        judge("stations_follow", stations_follow(years)),
        every_year("approvals_kept", approvals_kept),
        every_year("vehicles_conserved", vehicles_conserved, tolerance=CONSERVED),
        _demand(years),
        every_year("serve_only_from_open", serve_only_from_open),
        _capacity(years),
        *(judge(name, check(years)) for name, check in EQUIPMENT.items() if is_asked(years)),
        every_year("serve_within_reach", _on_roads(serve_within_reach)),
        every_year("unreached_have_no_site", _on_roads(unreached_have_no_site)),
        every_year("model_kept", _on_roads(model_kept)),
        every_year("supply_balanced", _on_roads(supply_balanced)),
        judge("centres_follow", centres_follow(years)),
        every_year("levels_hold", _on_roads(levels_hold), tolerance=FLOW_TOLERANCE),
        every_year("losses_hold", _on_roads(losses_hold), tolerance=FLOW_TOLERANCE),
        every_year("policy_kept", _on_roads(policy_kept)),
        every_year("nearest_told", _on_roads(nearest_told)),
        replace(every_year("figures_add_up", _on_roads(figures_add_up)), note=ALTERNATIVES_NOTE),
        judge("builds_told", builds_told(years)),
        judge("money_kept", money_kept(years)),
        judge("goals_hold", goals_hold(years)),
    )


def _on_roads(check: Callable[[Case, Travel], Iterator[Finding]]) -> Callable[[Case], Iterator[Finding]]:
    """Measure the roads inside the check, so that a fault of the road tables is its finding."""

    def on_roads(case: Case) -> Iterator[Finding]:
        yield from check(case, measure_anew(case))

    return on_roads


def _demand(years: Sequence[Case]) -> Check:
    """What is left to the plan stands in the note; inputs that cannot be read take its place."""
    check = judge("demand_follows_tables", in_every_year(years, demand_follows_tables))
    return check if check.note else replace(check, note=not_re_derived(years[-1]))


def _capacity(years: Sequence[Case]) -> Check:
    family = "respect_capacity"
    full = judge(family, in_every_year(years, respect_capacity))
    model = years[-1].whole.model
    if model not in CAPACITIES_ASIDE:
        return full
    note = f"the model {model} sets capacities aside; the fullest station is {full.worst:.1%} beyond its limit"
    return judge(family, iter(()), note=note)
