"""Inputs: the files saved with a plan are the ones it was made from."""

from __future__ import annotations

from collections.abc import Iterator

from h2plan.adoption import adopt
from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding, holds
from h2plan.project import input_files, sha256
from h2plan.scenario import Scenario


def inputs_unchanged(case: Case) -> Iterator[Finding]:
    """Every file of inputs/ has the recorded sha256, none is missing or added, and the plan is of its scenario."""
    plan = case.plan
    for name, path in case.files.items():
        plain = path.is_file() and not path.is_symlink()
        yield holds(f"{name}: recorded", name in plan.inputs)
        yield holds(f"{name}: sha256", plain and plan.inputs.get(name) == sha256(path))
    for name in sorted(set(plan.inputs) - set(case.files)):
        yield holds(f"{name}: present", False)
    scenario, root = case.scenario, case.project.root.resolve()
    used = {path.resolve().relative_to(root).as_posix() for path in input_files(case.project)}
    for name in sorted(used ^ set(case.files)):
        yield holds(f"{name}: used by the scenario and present", False)
    yield holds("scenario", plan.scenario == scenario.name)
    yield holds("title", (plan.title, plan.title_en) == (scenario.title.zh, scenario.title.en))
    yield holds("city", plan.city == scenario.region.city)
    yield holds("period", plan.periods == scenario.periods)
    yield holds("model", plan.model == scenario.model.use)
    yield holds("seed", plan.seed == scenario.solver.seed)
    yield from _question_repeated(case)
    yield holds("attributions", not scenario.roads.attribution or scenario.roads.attribution in plan.attributions)


def _question_repeated(case: Case) -> Iterator[Finding]:
    """The plan repeats the question as the scenario puts it, and adds nothing."""
    asked = {name: _text(value) for name, value in _settings(case.scenario).items() if value is not None}
    for name in sorted({*asked, *case.plan.question}):
        yield holds(f"question: {name}", case.plan.question.get(name) == asked.get(name))


def _settings(scenario: Scenario) -> dict[str, object]:
    limits = scenario.limits.model_dump()
    limits["peak_hour"] = "yes" if scenario.limits.peak_hour else None
    joined = {name: ", ".join(limits.pop(name)) or None for name in ("required", "forbidden")}
    limits.update({name: _counts(scenario, name, limits[name]) for name in ("stations_max", "stations_min")})
    return {
        **limits,
        **joined,
        "period": ", ".join(str(year) for year in scenario.periods),
        "fcev": ", ".join(f"{figure.vehicles:,}" for figure in adopt(scenario)),
        "model": scenario.model.use,
        **{f"model.{name}": value for name, value in scenario.model.options.items()},
        "review": scenario.screen.review,
        "active_share_base": scenario.fleet.active_share_base,
        "discount_rate": scenario.finance.discount_rate,
        "shortfall_cny_per_kg": scenario.finance.shortfall_cny_per_kg,
        "solver.gap": scenario.solver.gap,
        "solver.limit_s": scenario.solver.limit_s,
    }


def _counts(scenario: Scenario, name: str, general: int | None) -> object:
    """Return a limit on stations as it holds in each period, once where it is the same in all."""
    counts = []
    for period in scenario.periods:
        own = scenario.phased.limits.get(period)
        special = None if own is None else own.model_dump()[name]
        counts.append(general if special is None else special)
    if counts.count(counts[0]) == len(counts):
        return counts[0]
    return ", ".join("–" if count is None else f"{count}" for count in counts)


def _text(value: object) -> str:
    return f"{value:,.10g}" if isinstance(value, float) else str(value)
