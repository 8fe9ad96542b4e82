"""The independent re-check of a plan: from the results folder alone, without model and solver.

Everything is computed anew from the saved inputs; the road search (h2plan.geo), the largest flow behind the low and
high level (h2plan.plan.levels) and the adoption curve (h2plan.adoption) are the only calculations shared with planning.
Sentences for the reader, the links of a flow's route, recorded versions, and alternatives are not re-checked; the
solver's bound is taken as reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from h2plan.errors import InputError
from h2plan.plan._check_case import Case
from h2plan.plan._check_demand import CONSERVED, demand_follows_tables, vehicles_conserved
from h2plan.plan._check_figures import add_up, figures_add_up
from h2plan.plan._check_finding import Finding, judge
from h2plan.plan._check_goals import goals_hold
from h2plan.plan._check_inputs import inputs_unchanged
from h2plan.plan._check_models import model_goals, model_kept, stations_apart
from h2plan.plan._check_reach import serve_within_reach, unreached_have_no_site
from h2plan.plan._check_serving import serve_only_from_open
from h2plan.plan._check_sites import sites_real
from h2plan.plan._check_stations import limits_kept, one_size_per_site, respect_capacity
from h2plan.plan._check_travel import Travel, measure_anew
from h2plan.plan.certificate import Certificate, Check, ReportedGoal
from h2plan.plan.files import INPUTS_FOLDER, PLAN_FILE, read_plan, sha256

CAPACITIES_ASIDE = frozenset({"max_cover", "set_cover", "p_median", "p_center", "p_dispersion", "flow_refuelling"})
"""Models whose plans may hand out more at a station than it can dispense."""
LEVELS_NOTE = "low and high level by the same largest-flow code as the plan; alternatives are not re-checked"


class _Measured:
    """Roads are measured once, when the first check asks; a fault of the inputs fails every check that asks."""

    def __init__(self, case: Case) -> None:
        self.case = case

    @cached_property
    def travel(self) -> Travel:
        return measure_anew(self.case)


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
    case = Case(folder=folder, plan=plan)
    checks = _checks(case)
    return Certificate(
        verdict="pass" if all(check.passed for check in checks) else "fail",
        scenario=plan.scenario,
        period=plan.period,
        checks=checks,
        plan_sha256=sha256(folder / PLAN_FILE),
        inputs={name: sha256(path) for name, path in case.files.items() if path.is_file()},
        versions=dict(plan.versions),
        seed=plan.seed,
        status=plan.stopped,
        goals=tuple(
            ReportedGoal(name=goal.name, value=goal.value, bound=goal.bound, gap=goal.gap) for goal in plan.goals
        ),
    )


def _checks(case: Case) -> tuple[Check, ...]:
    """Every family of conditions, in the order in which a reader would ask."""
    measured = _Measured(case)
    return (
        judge("inputs_unchanged", inputs_unchanged(case)),
        judge("sites_real", sites_real(case)),
        judge("one_size_per_site", one_size_per_site(case)),
        judge("limits_kept", limits_kept(case)),
        judge("stations_apart", stations_apart(case)),
        judge("vehicles_conserved", vehicles_conserved(case), tolerance=CONSERVED),
        judge("demand_follows_tables", demand_follows_tables(case)),
        judge("serve_only_from_open", serve_only_from_open(case)),
        _capacity(case),
        judge("serve_within_reach", _on_roads(measured, serve_within_reach)),
        judge("unreached_have_no_site", _on_roads(measured, unreached_have_no_site)),
        judge("model_kept", _on_roads(measured, model_kept)),
        judge("figures_add_up", _on_roads(measured, figures_add_up), note=LEVELS_NOTE),
        judge("goals_hold", _on_roads(measured, _goals)),
    )


def _goals(case: Case, travel: Travel) -> Iterator[Finding]:
    yield from goals_hold(case, add_up(case, travel), model_goals(case, travel))


def _on_roads(measured: _Measured, check: Callable[[Case, Travel], Iterator[Finding]]) -> Iterator[Finding]:
    """Measure the roads inside the check, so that a fault of the road tables is its finding."""
    yield from check(measured.case, measured.travel)


def _capacity(case: Case) -> Check:
    family = "respect_capacity"
    if case.plan.model not in CAPACITIES_ASIDE:
        return judge(family, respect_capacity(case))
    full = judge(family, respect_capacity(case))
    note = (
        f"the model {case.plan.model} sets capacities aside; the fullest station is {full.worst:.1%} beyond its limit"
    )
    return judge(family, iter(()), note=note)
