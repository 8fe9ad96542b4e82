"""Several years: stations stay and grow as allowed, what is built and its money follow from them, budgets are kept."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from h2plan.plan._check_capital import BUILT, capital, extended, new_stations, spent_in, stood_kg_per_d
from h2plan.plan._check_case import Case
from h2plan.plan._check_decided import decided_in
from h2plan.plan._check_figures import add_up
from h2plan.plan._check_finding import Finding, at_least, at_most, equal, holds
from h2plan.plan._check_places import read_places
from h2plan.plan._check_supply_money import supply_builds_told, supply_spent
from h2plan.plan._check_travel import measure_anew
from h2plan.plan._check_years import named
from h2plan.plan.network_rows import Build, YearMoney
from h2plan.plan.results import Station


def stations_follow(years: Sequence[Case]) -> Iterator[Finding]:
    """A station stays and never shrinks unless closing is allowed, and grows only where upgrades are."""
    for earlier, case in pairwise(years):
        yield from named(case, _followed(earlier, case))


def _followed(earlier: Case, case: Case) -> Iterator[Finding]:
    rules = case.scenario.phased
    now = {station.site_id: station for station in case.plan.stations}
    for before in earlier.plan.stations:
        name, after = before.site_id, now.get(before.site_id)
        if before.built or not rules.closing:
            yield holds(f"{name}: still there", after is not None)
        if after is None:
            continue
        yield holds(f"{name}: built before the plan or not", before.built == after.built)
        if before.built or not rules.closing:
            yield at_least(f"{name}: no smaller", after.capacity_kg_per_d, before.capacity_kg_per_d)
        if not rules.upgrades:
            yield at_most(f"{name}: no larger", after.capacity_kg_per_d, before.capacity_kg_per_d)


def builds_told(years: Sequence[Case]) -> Iterator[Finding]:
    """The list of what is built is what the stations of each year come to, and nothing else."""
    whole = years[-1].whole
    of_stations = [row for row in whole.builds if row.what not in ("centre", "link")]
    told = {(row.period, row.site_id): row for row in of_stations}
    yield holds("builds: each once", len(told) == len(of_stations))
    yield holds("builds: in years of the plan", {row.period for row in whole.builds} <= set(whole.periods))
    for case in years:
        yield from named(case, supply_builds_told(case))
    if len(years) == 1:
        yield holds("builds: none in a plan of one year", not told)
        return
    wanted: set[tuple[int, str]] = set()
    before: Mapping[str, Station] = {}
    for case in years:
        now = {station.site_id: station for station in (*new_stations(case.plan), *extended(case.plan))}
        worked_out = capital(case)
        for name in sorted({*before, *now}):
            is_fitted = name in worked_out and worked_out[name].fitted_yr == case.plan.period
            sizes = ("" if name not in of else of[name].size_id for of in (before, now))
            if is_fitted or len(set(sizes)) > 1:
                key = (case.plan.period, name)
                wanted.add(key)
                yield from named(case, _told(case, told.get(key), name, before.get(name), now.get(name)))
        before = now
    for year, name in sorted(set(told) - wanted):
        yield holds(f"{year}: {name}: built according to the stations", False)


def _told(case: Case, row: Build | None, name: str, before: Station | None, after: Station | None) -> Iterator[Finding]:
    yield holds(f"{name}: in the list of what is built", row is not None)
    if row is None:
        return
    stands = after is not None and after.built
    sizes = ("" if before is None else before.size_id, "" if after is None else after.size_id)
    what = "close" if after is None else "open" if before is None else "fit" if len(set(sizes)) == 1 else "upgrade"
    what = "extend" if stands else what
    sizes = (BUILT if stands and before is None else sizes[0], sizes[1])
    yield holds(f"{name}: {what}", row.what == what)
    yield holds(f"{name}: sizes before and after", (row.size_before, row.size_after) == sizes)
    stood = stood_kg_per_d(case, name)
    kg = (0.0 if after is None else after.capacity_kg_per_d) - (stood if before is None else before.capacity_kg_per_d)
    yield equal(f"{name}: capacity added", row.capacity_added_kg_per_d, kg)
    spent = capital(case)[name].spent_cny if name in capital(case) else 0.0
    yield equal(f"{name}: capex_cny", row.capex_cny, spent)
    yield holds(f"{name}: decided before, as the scenario says", row.frozen == (decided_in(case) is not None))
    places = read_places(case, [verdict.site_id for verdict in case.whole.verdicts])
    if name in places.rows:
        site = places.rows[name][0]
        same = (row.name, row.name_en, row.district) == (site.name, site.name_en, site.district)
        yield holds(f"{name}: name and district as in the table", same)


def money_kept(years: Sequence[Case]) -> Iterator[Finding]:
    """What each year may spend, spends and leaves; budgets are kept; its costs count what the discount rate says."""
    whole = years[-1].whole
    if len(years) == 1:
        yield holds("money: none in a plan of one year", not whole.money)
        return
    yield holds("money: a row a year", tuple(row.period for row in whole.money) == whole.periods)
    budgets, weights = budgets_cny(years[-1]), weights_yr(years[-1])
    told = {row.period: row for row in whole.money}
    left = 0.0
    for case in years:
        year = case.plan.period
        carried = left if case.scenario.phased.carry_over else 0.0
        spent, budget = spent_in(case, year) + supply_spent(case), budgets.get(year)
        left = carried + (budget or 0.0) - spent
        if budget is not None:
            yield from named(case, [at_most("spent within budget and what was carried over", spent, carried + budget)])
        if year in told:
            limited = None if budget is None else (budget, carried, left)
            yield from named(case, _row_told(case, told[year], limited=limited, weight_yr=weights[year]))


def _row_told(
    case: Case, row: YearMoney, *, limited: tuple[float, float, float] | None, weight_yr: float
) -> Iterator[Finding]:
    spent = spent_in(case, case.plan.period) + supply_spent(case)
    said = (row.budget_cny, row.carried_cny, row.left_cny)
    for name, told, wanted in zip(("budget", "carried over", "left"), said, limited or (None,) * 3, strict=True):
        yield holds(f"{name}: given", (told is None) == (wanted is None))
        if told is not None and wanted is not None and limited is not None:
            yield equal(name, told, wanted, scale=limited[0] + limited[1])
    yield equal("spent", row.spent_cny, spent)
    sums = add_up(case, measure_anew(case))
    annual = sums.annual_cny_per_yr
    yield equal("cost of supply", row.supply_cost_cny_per_yr, sums.supply_cny_per_yr)
    yield equal("annual cost", row.annual_cost_cny_per_yr, annual)
    yield equal("weight", row.weight_yr, weight_yr)
    yield equal("present value", row.present_value_cny, weight_yr * annual)


def weights_yr(case: Case) -> Mapping[int, float]:
    """The years that each period lasts, each discounted to the first year of the plan."""
    periods, rate = case.whole.periods, case.scenario.finance.discount_rate
    if len(periods) == 1:
        return {periods[0]: 1.0}
    lasts = case.scenario.phased.last_lasts_yr or periods[-1] - periods[-2]
    until = dict(pairwise((*periods, periods[-1] + lasts)))
    return {
        year: math.fsum(1 / (1 + rate) ** (each - periods[0]) for each in range(year, until[year])) for year in periods
    }


def budgets_cny(case: Case) -> Mapping[int, float]:
    """What becomes available for each period: the years after the period before it, its own included.

    Empty where no budget by year is given. An amount is in force from its year until the next one is named.
    """
    by_year, periods = case.scenario.phased.budget_cny_per_yr, case.whole.periods
    if not by_year:
        return {}
    available = dict.fromkeys(periods, 0.0)
    for year in range(min(*by_year, periods[0]), periods[-1] + 1):
        since = max((named_year for named_year in by_year if named_year <= year), default=None)
        period = min(each for each in periods if each >= year)
        available[period] += 0.0 if since is None else by_year[since]
    return available
