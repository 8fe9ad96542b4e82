"""What binds the periods of a scenario together, as arrays: discounting, budgets, ramp."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from h2plan.costs import discounted_years
from h2plan.domain import Site
from h2plan.phases import Floats, Phasing
from h2plan.scenario import Scenario


def phase(scenario: Scenario, sites: Sequence[Site]) -> Phasing:
    """Read how building goes on from period to period; sites are taken in the order of their ids."""
    years, periods = scenario.phased, scenario.periods
    return Phasing(
        weight_yr=weights_yr(scenario),
        budget_cny=budgets_cny(scenario),
        carry_over=years.carry_over,
        upgrade_premium_share=years.upgrade_premium_share,
        upgrades=years.upgrades,
        closing=years.closing,
        opens_from=np.zeros(len(sites), dtype=np.intp),
        usable_share=_usable_share(periods, years.usable_share_by_age, years.outage_share),
        standing_share=1.0 - years.outage_share,
    )


def weights_yr(scenario: Scenario) -> Floats:
    """Return the discounted years that each period lasts: until the next one begins."""
    periods, rate = scenario.periods, scenario.finance.discount_rate
    last = scenario.phased.last_lasts_yr or periods[-1] - periods[-2]
    ends = (*periods[1:], periods[-1] + last)
    pairs = zip(periods, ends, strict=True)
    return np.array([discounted_years(rate, first=periods[0], start=start, end=end) for start, end in pairs])


def budgets_cny(scenario: Scenario) -> Floats:
    """Return what each period may spend: the yearly amounts after the period before it, up to its own year."""
    yearly = scenario.phased.budget_cny_per_yr
    if not yearly:
        return np.full(len(scenario.periods), np.inf)
    starts = (min(*yearly, scenario.periods[0]), *(year + 1 for year in scenario.periods[:-1]))
    return np.array(
        [
            sum(_in_force(yearly, year) for year in range(start, period + 1))
            for start, period in zip(starts, scenario.periods, strict=True)
        ]
    )


def _in_force(yearly: dict[int, float], year: int) -> float:
    named = [start for start in yearly if start <= year]
    return yearly[max(named)] if named else 0.0


def _usable_share(periods: Sequence[int], by_age: Sequence[float], outage_share: float) -> Floats:
    """[t opened, t now]: the share at the age that capacity has in the year of the period; 0 before it opens."""
    shares = np.zeros((len(periods), len(periods)))
    for opened, first in enumerate(periods):
        for now in range(opened, len(periods)):
            age = min(periods[now] - first, len(by_age) - 1)
            shares[opened, now] = by_age[age] * (1.0 - outage_share)
    return shares
