"""Bugs seeded on purpose into framing, models and assessment, one at a time: the re-check must see each of them.

Each is planted in the real code by replacing one name of one module. `found` says who sees it: a family of the
re-check, or `OPTIMUM` where the plan is sound in every respect and merely not the best: then its value is worse than
that of the unspoilt model, which other tests hold to brute force.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from h2plan import equipping, extending, framing, inputs, measuring, phasing, prepare, promises, supplying
from h2plan.demand._profiles import Profiles
from h2plan.domain import Range
from h2plan.geo import cache
from h2plan.models import _hops as _hops_module
from h2plan.models import _parts, _pressure, _supply, _tours, _years, network_design
from h2plan.plan import assess, assess_year, building
from h2plan.tables.rows import DeliveryCostRow, SourceOutputRow
from h2plan.usable import usable_by_year
from tests.plan.equipped_project import PEAKS, TABLE, equipped, fitted_later, hourly, with_built
from tests.plan.phased_project import POLICY, YEARS, phased, phased_policy, phased_supply
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE

Spoil = Callable[[pytest.MonkeyPatch], None]
OPTIMUM = "optimum"


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A bug, the instance on which it matters, and who finds it."""

    name: str
    on: str
    found: str
    spoil: Spoil


def _one_year(*changes: tuple[str, str]) -> str:
    text = SCENARIO
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


COST = ("objective: coverage", "objective: cost")
ROOM = ("forbidden: [hub-c]", "forbidden: []")


def _on_tours(*, range_km: int) -> Mapping[str, str]:
    """Return the city with flows driven on one tank and stations large enough for them; two come from 328 km away."""
    aim = ("objective: coverage}", f"objective: coverage, flows: tours, vehicle_range_km: {range_km}}}")
    far = ("detour_max_min: 5", "detour_max_min: 30")
    return {
        SCENARIO_FILE: _one_year(ROOM, aim, far, ("budget_cny: 20000000", "budget_cny: 40000000")),
        "data/station_sizes.csv": FILES["data/station_sizes.csv"].replace("S500,500,", "S500,900,"),
        "data/ports.csv": FILES["data/ports.csv"].replace(",500,20000,", ",1000,20000,"),
    }


INSTANCES: Mapping[str, Mapping[str, str]] = {
    "phased": {SCENARIO_FILE: phased()},
    "phased, no carrying over": {
        SCENARIO_FILE: phased(years=YEARS.replace("years:\n", "years:\n  carry_over: false\n"))
    },
    "phased, no upgrades": {
        SCENARIO_FILE: phased(
            years=YEARS.replace("  upgrade_premium_share: 0.2\n", "  upgrades: false\n").replace("7000000", "14000000")
        )
    },
    "phased, closing": {
        SCENARIO_FILE: phased(
            years="years:\n  closing: true\n  budget_cny_per_yr: {2026: 7000000, 2027: 0}\n  source: made up\n"
        )
    },
    "phased, approvals in the tables": {
        SCENARIO_FILE: phased(years=YEARS.replace("years:\n", "years:\n  begin: 2026-01\n")).replace(
            "{2026: {served_share_min: 0.3}, ", "{"
        ),
        "data/ports.csv": "".join(
            f"{row},{left}\n"
            for row, left in zip(FILES["data/ports.csv"].splitlines(), ("approval_months_left", "30"), strict=True)
        ),
    },
    "phased, a year decided": {
        SCENARIO_FILE: phased(
            years=YEARS.replace("years:\n", "years:\n  decided: {until: 2026, stations: data/decided.csv}\n").replace(
                "7000000", "14000000"
            )
        ),
        "data/decided.csv": "site_id,period,size_id\nic-d,2026,S500\n",
    },
    "phased, extensions": {
        SCENARIO_FILE: phased(
            years=YEARS.replace("years:\n", "years:\n  extend_standing: true\n").replace("7000000", "14000000")
        )
    },
    "phased, extensions on little land": {
        SCENARIO_FILE: phased(
            years=YEARS.replace("years:\n", "years:\n  extend_standing: true\n").replace("7000000", "14000000")
        ),
        "data/hydrogen_stations.csv": "".join(
            f"{row},{most}\n"
            for row, most in zip(
                FILES["data/hydrogen_stations.csv"].splitlines(), ("max_kg_per_d", "250", "", ""), strict=True
            )
        ),
    },
    "phased, extensions and fewer vehicles": {
        SCENARIO_FILE: phased(
            years="years:\n  extend_standing: true\n  budget_cny_per_yr: {2026: 20000000}\n  source: made up\n"
        ).replace("{2026: 50, 2028: 70, 2030: 100}", "{2026: 100, 2028: 20, 2030: 10}")
    },
    "phased, few stations": {
        SCENARIO_FILE: phased(years=YEARS.replace("{2026: {served_share_min: 0.3}", "{2026: {stations_max: 2}"))
    },
    "phased, a road to come": {
        SCENARIO_FILE: phased(),
        "data/links.csv": FILES["data/links.csv"] + "BD,B,D,primary,20,2029,made up,10\n",
    },
    "phased, fewer vehicles": {
        SCENARIO_FILE: phased(years="years:\n  budget_cny_per_yr: {2026: 20000000}\n  source: made up\n").replace(
            "{2026: 50, 2028: 70, 2030: 100}", "{2026: 100, 2028: 70, 2030: 30}"
        )
    },
    "one year, small port": {
        SCENARIO_FILE: _one_year(),
        "data/ports.csv": FILES["data/ports.csv"].replace(",500,20000,", ",300,20000,"),
    },
    "supply": phased_supply(),
    "policy": phased_policy(POLICY.replace("served_share_min: 0.5}", "served_share_min: 0.95}", 1)),
    "pressure": with_built(equipped(_one_year(ROOM)), "no"),
    "pressure, least cost": equipped(_one_year(COST, ROOM), table=TABLE.replace("000000,", "00000,")),
    "pressure, years": fitted_later(),
    "hours": hourly(
        equipped(_one_year(ROOM, ("  served_share_min: 0.5\n", ""))),
        table=PEAKS.replace("S500,2,18,", "S500,2,6,").replace("S300,1,12,", "S300,1,4,"),
    ),
    "one year": {SCENARIO_FILE: _one_year()},
    "one year, two more stations": {SCENARIO_FILE: _one_year(ROOM)},
    "one year, little money": {SCENARIO_FILE: _one_year(ROOM, ("budget_cny: 20000000", "budget_cny: 13000000"))},
    "one year, least cost": {SCENARIO_FILE: _one_year(COST, ROOM)},
    "one year, floor": {SCENARIO_FILE: _one_year(COST, ROOM, ("shortfall_cny_per_kg: 50", "shortfall_cny_per_kg: 1"))},
    "one year, tours": _on_tours(range_km=700),
    "one year, tours too far": _on_tours(range_km=400),
    "one year, apart": {
        SCENARIO_FILE: _one_year(ROOM, ("  utilisation_max: 0.75\n", "  utilisation_max: 0.75\n  spacing_km: 12\n"))
    },
}
"""Variants of the made-up city, each so that its bugs make a difference."""


def _set(module: Any, name: str, value: Any) -> Spoil:
    return lambda patch: patch.setattr(module, name, value)


def _wrap(module: Any, name: str, change: Callable[[Any], Any]) -> Spoil:
    """Replace what a function returns."""
    honest = getattr(module, name)
    return _set(module, name, lambda *args, **kwargs: change(honest(*args, **kwargs)))


def _without(*families: str) -> Spoil:
    """Leave out constraint families of one year."""
    kept = tuple(family for family in network_design.FAMILIES if family.__name__ not in families)
    assert len(kept) == len(network_design.FAMILIES) - len(families)
    return _set(network_design, "FAMILIES", kept)


def _unlinked(*links: str) -> Spoil:
    """Leave out families that link years."""
    kept = tuple(link for link in _years.LINKS if link.__name__ not in links)
    assert len(kept) == len(_years.LINKS) - len(links)
    return _set(_years, "LINKS", kept)


def _limits(**changes: Any) -> Spoil:
    """Change a limit on its way into the problem."""
    return _set(prepare, "Limits", lambda **fields: framing.Limits(**{**fields, **changes}))


def _rows(**changes: Callable[[Any], Any]) -> Spoil:
    """Change a field of every demand row on its way into the problem."""
    honest = framing.DemandRowIn
    return _set(
        prepare,
        "DemandRowIn",
        lambda **fields: honest(**{**fields, **{name: change(fields[name]) for name, change in changes.items()}}),
    )


def _never_young(problem: Any, decisions: Any) -> Any:
    """Return what stations may be planned for as if they had stood for ever."""
    grown = np.triu(np.ones_like(problem.phasing.usable_share))
    phasing = replace(problem.phasing, usable_share=grown, standing_share=1.0)
    return usable_by_year(replace(problem, phasing=phasing), decisions)


def _hops(change: Callable[[_tours.Hop], _tours.Hop]) -> Spoil:
    """Change every hop of every trip after it was found to be within one tank."""
    return _wrap(_tours, "hops", lambda line: [change(hop) for hop in line])


def _net(**changes: Callable[[Any], Any]) -> Spoil:
    """Change a field of what the model reads."""
    honest = _parts.network

    def spoilt(problem: Any) -> Any:
        net = honest(problem)
        return replace(net, **{name: make(net) for name, make in changes.items()})

    def spoil(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(_parts, "network", spoilt)
        patch.setattr(_years, "network", spoilt)

    return spoil


def _phase(**changes: Callable[[Any], Any]) -> Spoil:
    """Change a field of what binds the years."""
    return _wrap(prepare, "phase", lambda of: replace(of, **{name: make(of) for name, make in changes.items()}))


def _capital(**changes: Callable[[Any], Any]) -> Spoil:
    """Change what the assessment says a station has cost."""
    return _wrap(building, "_capital", lambda of: replace(of, **{name: make(of) for name, make in changes.items()}))


def _framed_as_last() -> Spoil:
    """Frame every year with the demand of the last."""
    honest = prepare._frame

    def framed(project: Any, period: int, **rest: Any) -> Any:
        last = honest(project, project.scenario.periods[-1], **rest)
        wanted = {"demand_kg_per_d": last.demand_kg_per_d, "total_kg_per_d": last.total_kg_per_d}
        return replace(honest(project, period, **rest), **wanted)

    return _set(prepare, "_frame", framed)


def _model_of_years(**changes: Callable[[Any], Any]) -> Spoil:
    """Change what binds the years in the model alone; the assessment keeps the truth."""

    def change(plan: Any) -> Any:
        return replace(
            plan, phasing=replace(plan.phasing, **{name: make(plan.phasing) for name, make in changes.items()})
        )

    return _wrap(_years, "stages", change)


def _sizes(change: Callable[[Any, Mapping[str, tuple[str, ...]]], Any]) -> Spoil:
    """Change which sizes the model offers at which site."""
    honest = _parts.sizes_allowed
    return _set(_parts, "sizes_allowed", lambda problem: change(problem, honest(problem)))


def _instead(**families: Callable[[Any, Any], None]) -> Spoil:
    """Put other constraints in the place of a family of one year."""
    assert set(families) <= {family.__name__ for family in network_design.FAMILIES}
    spoilt = tuple(families.get(family.__name__, family) for family in network_design.FAMILIES)
    return _set(network_design, "FAMILIES", spoilt)


def _in_its_place(**links: Callable[[Any], None]) -> Spoil:
    """Put another family in the place of one that links years."""
    assert set(links) <= {link.__name__ for link in _years.LINKS}
    return _set(_years, "LINKS", tuple(links.get(link.__name__, link) for link in _years.LINKS))


def _every_size_at_a_site(model: Any, net: Any) -> None:
    """A required site holds every size at once."""
    model.one_size_per_site = pyo.Constraint(
        sorted(net.required), rule=lambda m, j: sum(m.open[j, k] for k in net.sizes_at[j]) == len(net.sizes_at[j])
    )


def _spend_anything(plan: Any) -> None:
    sites = [(t, j) for t, net in enumerate(plan.nets) for j in net.sizes_at]
    plan.model.spent = pyo.Var(sites, bounds=(0.0, None))


def _spent_on_first_sizes(plan: Any, t: int) -> Any:
    """Capital as if every station were of the smallest size."""
    net = plan.nets[t]
    return sum(net.capex[j, net.sizes_at[j][0]] * plan.blocks[t].open[j, k] for j, k in net.new)


def _measured_as_far(times: float) -> Spoil:
    """Measure reach as if the radius were so many times as far."""
    honest = cache.measure_cached

    def measured(*places: Any, limit: float, **rest: Any) -> Any:
        return honest(*places, limit=times * limit, **rest)

    return _set(cache, "measure_cached", measured)


def _lenient(honest: Callable[..., Any]) -> Callable[..., Any]:
    """Ask for a tenth of every floor."""

    def lenient(*args: Any) -> Any:
        rule = honest(*args)
        return replace(rule, share_min=rule.share_min / 10)

    return lenient


def _as_of_last_year(honest: Callable[..., Any]) -> Callable[..., Any]:
    """Read the road network of the last year for every year."""

    def read(project: Any, *, years: Any) -> Any:
        networks, rules, speeds = honest(project, years=years)
        return dict.fromkeys(years, networks[years[-1]]), rules, speeds

    return read


MUTANTS: tuple[Mutant, ...] = (
    # Families dropped
    Mutant(
        name="stations dispense more than they can",
        on="one year",
        found="respect_capacity",
        spoil=_without("respect_capacity", "enough_capacity_in_all"),
    ),
    Mutant(
        name="required sites forgotten", on="one year, floor", found="sites_real", spoil=_without("one_size_per_site")
    ),
    Mutant(
        name="two stations at a site",
        on="one year, floor",
        found="goals_hold",
        spoil=_instead(one_size_per_site=_every_size_at_a_site),
    ),
    Mutant(name="demand served twice", on="one year", found="goals_hold", spoil=_without("serve_at_most_all")),
    Mutant(
        name="counts not limited", on="phased, few stations", found="limits_kept", spoil=_without("count_within_limits")
    ),
    Mutant(name="floor forgotten", on="one year, floor", found="limits_kept", spoil=_without("meet_served_share")),
    Mutant(name="spacing forgotten", on="one year, apart", found="stations_apart", spoil=_without("keep_apart")),
    Mutant(
        name="stations may vanish", on="phased, fewer vehicles", found="stations_follow", spoil=_unlinked("never_close")
    ),
    Mutant(name="budgets by year forgotten", on="phased", found="money_kept", spoil=_unlinked("within_budget")),
    Mutant(name="budget forgotten", on="one year, little money", found="limits_kept", spoil=_unlinked("within_budget")),
    Mutant(name="young stations run full", on="phased", found="respect_capacity", spoil=_unlinked("grow_into_use")),
    Mutant(
        name="what is spent where stations may close is free",
        on="phased, closing",
        found="money_kept",
        spoil=_in_its_place(spend_on_growth=_spend_anything),
    ),
    Mutant(
        name="an upgrade for free",
        on="phased",
        found="money_kept",
        spoil=_set(_years, "spent_until", _spent_on_first_sizes),
    ),
    # Units and signs
    Mutant(
        name="budgets in thousands",
        on="phased",
        found="money_kept",
        spoil=_phase(budget_cny=lambda of: of.budget_cny * 1000),
    ),
    Mutant(
        name="the model counts capital in thousands",
        on="phased",
        found="money_kept",
        spoil=_net(capex=lambda net: {pair: cny / 1000 for pair, cny in net.capex.items()}),
    ),
    Mutant(
        name="demand in tonnes",
        on="one year, least cost",
        found="goals_hold",
        spoil=_rows(kg_per_d=lambda kg: kg / 1000),
    ),
    Mutant(
        name="drivers are paid to drive",
        on="one year, least cost",
        found="goals_hold",
        spoil=_net(access=lambda net: {pair: -cny for pair, cny in net.access.items()}),
    ),
    Mutant(
        name="a shortfall is priced by the day",
        on="one year, least cost",
        found="goals_hold",
        spoil=_net(shortfall=lambda net: net.shortfall / 300),
    ),
    Mutant(
        name="capital is paid anew every year",
        on="phased",
        found="figures_add_up",
        spoil=_set(prepare, "annual_station_cost_cny", lambda size, _: size.capex_cny + size.opex_cny_per_yr),
    ),
    Mutant(
        name="land costs nothing in the model",
        on="one year, least cost",
        found="goals_hold",
        spoil=_net(
            annual_cost=lambda net: {(j, k): cny - 2.0 * (j == "port-e") for (j, k), cny in net.annual_cost.items()}
        ),
    ),
    Mutant(
        name="points drive one way",
        on="phased",
        found="figures_add_up",
        spoil=_rows(visits_are_round_trips=lambda _: False),
    ),
    Mutant(
        name="a fill takes ten times as much",
        on="phased",
        found="figures_add_up",
        spoil=_rows(kg_per_fill=lambda kg: 10 * kg),
    ),
    # Limits read wrongly
    Mutant(
        name="stations may run full",
        on="phased",
        found="respect_capacity",
        spoil=_limits(utilisation_max=1.0),
    ),
    Mutant(
        name="lost stations are not counted",
        on="one year, two more stations",
        found="limits_kept",
        spoil=_limits(unplaced_built=0),
    ),
    Mutant(
        name="the floor of the last year holds in none",
        on="one year, floor",
        found="limits_kept",
        spoil=_limits(served_share_min=None),
    ),
    Mutant(
        name="what stands has twice its capacity",
        on="one year, least cost",
        found="respect_capacity",
        spoil=_net(built_kg=lambda net: {j: 2 * kg for j, kg in net.built_kg.items()}),
    ),
    Mutant(
        name="large stations are allowed everywhere",
        on="one year, small port",
        found="one_size_per_site",
        spoil=_sizes(lambda problem, allowed: dict.fromkeys(allowed, problem.sizes.ids)),
    ),
    # Years shifted or forgotten
    Mutant(
        name="budgets a period early",
        on="phased",
        found="money_kept",
        spoil=_phase(budget_cny=lambda of: np.roll(of.budget_cny, -1)),
    ),
    Mutant(
        name="approvals are over at once",
        on="phased, approvals in the tables",
        found="approvals_kept",
        spoil=_phase(opens_from=lambda of: np.zeros_like(of.opens_from)),
    ),
    Mutant(
        name="what is decided is forgotten",
        on="phased, a year decided",
        found="approvals_kept",
        spoil=_phase(frozen=lambda _: {}),
    ),
    Mutant(
        name="an extension costs as if nothing stood",
        on="phased, extensions",
        found=OPTIMUM,
        spoil=_set(extending, "_more", lambda _sizes, worth, _built_kg, size: float(worth[size])),
    ),
    Mutant(
        name="the premium of extensions is forgotten",
        on="phased, extensions",
        found="figures_add_up",
        spoil=_wrap(building, "_extension", lambda of: replace(of, capex_cny=of.capex_cny / 1.2)),
    ),
    Mutant(
        name="extended stations may shrink again",
        on="phased, extensions and fewer vehicles",
        found="stations_follow",
        spoil=_unlinked("never_shrink"),
    ),
    Mutant(
        name="an extension is as large as a new station on top of what stands",
        on="phased, extensions",
        found="respect_capacity",
        spoil=_set(
            _parts,
            "steps",
            lambda problem: {
                (j, k): replace(step, added_kg_per_d=step.added_kg_per_d + 200.0)
                for (j, k), step in extending.steps(problem).items()
            },
        ),
    ),
    Mutant(
        name="what stands may grow beyond its land",
        on="phased, extensions on little land",
        found="one_size_per_site",
        spoil=_wrap(
            framing, "_site_arrays", lambda of: replace(of, extends_to_kg_per_d=of.extends_to_kg_per_d * np.inf)
        ),
    ),
    Mutant(
        name="budgets are carried over where they may not be",
        on="phased, no carrying over",
        found="money_kept",
        spoil=_phase(carry_over=lambda _: True),
    ),
    Mutant(
        name="what is left is lost",
        on="phased",
        found="money_kept",
        spoil=_phase(carry_over=lambda _: False),
    ),
    Mutant(
        name="years are not discounted",
        on="phased",
        found="money_kept",
        spoil=_set(phasing, "discounted_years", lambda _, *, start, end, **__: float(end - start)),
    ),
    Mutant(
        name="years are discounted from the last",
        on="phased",
        found="money_kept",
        spoil=_phase(weight_yr=lambda of: of.weight_yr[::-1]),
    ),
    Mutant(
        name="an upgrade has no premium",
        on="phased",
        found="builds_told",
        spoil=_phase(upgrade_premium_share=lambda _: 0.0),
    ),
    Mutant(
        name="stations grow where they may not",
        on="phased, no upgrades",
        found="stations_follow",
        spoil=_phase(upgrades=lambda _: True),
    ),
    Mutant(
        name="stations close where they may not",
        on="phased, fewer vehicles",
        found="stations_follow",
        spoil=_phase(closing=lambda _: True),
    ),
    Mutant(
        name="outages are forgotten",
        on="phased",
        found="respect_capacity",
        spoil=_phase(usable_share=lambda of: of.usable_share / 0.95, standing_share=lambda _: 1.0),
    ),
    Mutant(
        name="capacity ages backwards",
        on="phased",
        found="respect_capacity",
        spoil=_phase(usable_share=lambda of: np.triu(1.71 - of.usable_share)),
    ),
    Mutant(
        name="every year wants what the last one wants",
        on="phased",
        found="goals_hold",
        spoil=_framed_as_last(),
    ),
    Mutant(
        name="the model carries nothing over",
        on="phased",
        found=OPTIMUM,
        spoil=_model_of_years(carry_over=lambda _: False),
    ),
    Mutant(
        name="the model offers no upgrades",
        on="phased",
        found=OPTIMUM,
        spoil=_model_of_years(upgrades=lambda _: False),
    ),
    Mutant(
        name="the model has budgets a period early",
        on="phased",
        found="money_kept",
        spoil=_model_of_years(budget_cny=lambda of: np.array([of.budget_cny[:2].sum(), *of.budget_cny[2:], 0.0])),
    ),
    Mutant(
        name="the model weighs all years alike",
        on="phased",
        found="goals_hold",
        spoil=_model_of_years(weight_yr=lambda of: np.ones_like(of.weight_yr)),
    ),
    Mutant(
        name="small stations only",
        on="one year, least cost",
        found=OPTIMUM,
        spoil=_sizes(lambda _, allowed: {j: sizes[:1] for j, sizes in allowed.items()}),
    ),
    Mutant(
        name="an upgrade costs the whole size",
        on="phased",
        found="builds_told",
        spoil=_capital(spent_cny=lambda of: 10e6 if of.size == "S500" else of.spent_cny),
    ),
    Mutant(
        name="the capital of an upgrade replaces that of the opening",
        on="phased",
        found="figures_add_up",
        spoil=_capital(capex_cny=lambda of: of.spent_cny or of.capex_cny),
    ),
    Mutant(
        name="a station opens when it was upgraded",
        on="phased",
        found="sites_real",
        spoil=_capital(opens=lambda of: 2030 if of.size != of.opened_size else of.opens),
    ),
    Mutant(
        name="the premium has no annuity",
        on="phased",
        found="figures_add_up",
        spoil=_capital(
            annual_cost_cny_per_yr=lambda of: of.annual_cost_cny_per_yr * (0.99 if of.size == "S500" else 1)
        ),
    ),
    Mutant(
        name="minutes are told in seconds",
        on="phased",
        found="serve_within_reach",
        spoil=_wrap(
            assess_year, "_allocations", lambda rows: tuple(replace(r, travel_min=60 * r.travel_min) for r in rows)
        ),
    ),
    Mutant(
        name="what is served is rounded",
        on="phased",
        found="serve_only_from_open",
        spoil=_wrap(
            assess_year, "_allocations", lambda rows: tuple(replace(r, kg_per_d=round(r.kg_per_d)) for r in rows)
        ),
    ),
    Mutant(
        name="high demand is told as base",
        on="phased",
        found="demand_follows_tables",
        spoil=_wrap(
            assess_year,
            "_demand_rows",
            lambda rows: tuple(
                replace(r, kg_per_d=Range(r.kg_per_d.low, r.kg_per_d.high, r.kg_per_d.high)) for r in rows
            ),
        ),
    ),
    # Supply
    Mutant(
        name="sources sell what they use themselves",
        on="supply",
        found="supply_balanced",
        spoil=_set(
            SourceOutputRow, "for_sale_kg_per_d", lambda row, _: min(row.gross_kg_per_d, row.trailer_bay_kg_per_d)
        ),
    ),
    Mutant(
        name="sources give what they will give one day",
        on="supply",
        found="supply_balanced",
        spoil=_set(
            supplying.ChainTables,
            "output_of",
            lambda tables, source, _: max(
                (row for row in tables.outputs if row.source_id == source), key=lambda row: row.period
            ),
        ),
    ),
    Mutant(
        name="trailers drive one way",
        on="supply",
        found="supply_balanced",
        spoil=_wrap(supplying, "trailers_per_kg_per_d", lambda busy: busy / 2),
    ),
    Mutant(
        name="delivery costs the same at any distance",
        on="supply",
        found="supply_balanced",
        spoil=_set(DeliveryCostRow, "at_km", lambda row, _: row.near_cny_per_kg),
    ),
    Mutant(
        name="hydrogen is free in the model",
        on="supply",
        found="goals_hold",
        spoil=_set(network_design, "COSTS", (_parts.annual_cost,)),
    ),
    Mutant(
        name="supply is not balanced",
        on="supply",
        found="supply_balanced",
        spoil=_set(_supply, "balance_each_station", lambda *_: None),
    ),
    # Policy
    Mutant(
        name="floors are forgotten",
        on="policy",
        found="policy_kept",
        spoil=_set(promises, "_serve_rule", _lenient(promises._serve_rule)),
    ),
    Mutant(
        name="what is lost is still served",
        on="policy",
        found="losses_hold",
        spoil=_wrap(assess_year, "station_losses", lambda rows: tuple(replace(row, still_share=1.0) for row in rows)),
    ),
    Mutant(
        name="what is missed is free",
        on="policy",
        found="policy_kept",
        spoil=_wrap(assess_year, "outcomes", lambda rows: tuple(replace(row, penalty_cny_per_yr=0.0) for row in rows)),
    ),
    # Young stations
    Mutant(
        name="young stations can give all they ever will",
        on="policy",
        found="levels_hold",
        spoil=_set(assess, "usable_by_year", _never_young),
    ),
    Mutant(
        name="young stations stand in for lost ones with all they ever will",
        on="policy",
        found="losses_hold",
        spoil=_set(assess, "usable_by_year", _never_young),
    ),
    Mutant(
        name="what stands since before the plan is never out of service",
        on="phased",
        found="nearest_told",
        spoil=_set(
            assess,
            "usable_by_year",
            lambda problem, decisions: usable_by_year(
                replace(problem, phasing=replace(problem.phasing, standing_share=1.0)), decisions
            ),
        ),
    ),
    # Trips on tours
    Mutant(
        name="a stop fills what is driven to the next one",
        on="one year, tours",
        found="model_kept",
        spoil=_hops(lambda hop: replace(hop, tail=hop.head, head=hop.tail)),
    ),
    Mutant(
        name="hops count half their km",
        on="one year, tours",
        found=OPTIMUM,
        spoil=_hops(lambda hop: replace(hop, km=hop.km / 2)),
    ),
    Mutant(
        name="who stops does not drive on",
        on="one year, tours too far",
        found="model_kept",
        spoil=_set(_hops_module, "_keep_driving", lambda *_: None),
    ),
    Mutant(
        name="the tank lasts twice as far",
        on="one year, tours too far",
        found="model_kept",
        spoil=_wrap(
            _tours,
            "tours",
            lambda found: {
                q: replace(tour, range_km=2 * tour.range_km, start_km=2 * tour.start_km) for q, tour in found.items()
            },
        ),
    ),
    # Pressure
    Mutant(
        name="taxis fill anywhere",
        on="pressure",
        found="pressure_kept",
        spoil=_without("fill_only_at_its_pressure"),
    ),
    Mutant(
        name="what stands gives 70 MPa",
        on="pressure",
        found="pressure_kept",
        spoil=_set(_pressure, "built_high", lambda net: frozenset(net.built_kg)),
    ),
    Mutant(
        name="70 MPa is free in the model",
        on="pressure, least cost",
        found="goals_hold",
        spoil=_set(network_design, "COSTS", (_parts.annual_cost,)),
    ),
    Mutant(
        name="70 MPa comes out of no budget",
        on="pressure, years",
        found="money_kept",
        spoil=_set(_years, "fit_capex", lambda *_: 0),
    ),
    Mutant(
        name="70 MPa is not counted in what a station has cost",
        on="pressure, years",
        found="pressure_kept",
        spoil=_set(building, "_fitted", lambda _prices, _before, now, **_: now),
    ),
    Mutant(
        name="stations of another size are fitted",
        on="pressure",
        found="goals_hold",
        spoil=_without("fit_only_what_stands"),
    ),
    # The busiest hour
    Mutant(
        name="dispensers give anything in an hour",
        on="hours",
        found="peak_hour_kept",
        spoil=_without("respect_peak_hour"),
    ),
    Mutant(
        name="every class fills evenly over the day",
        on="hours",
        found="peak_hour_kept",
        spoil=_set(Profiles, "peak_share", lambda *_: 1 / 24),
    ),
    Mutant(
        name="what stands gives in its hour what the largest size gives",
        on="hours",
        found="peak_hour_kept",
        spoil=_set(equipping, "built_peak_kg_per_h", lambda site, _, peak: peak[-1] if site.is_built else np.nan),
    ),
    # Reach
    Mutant(
        name="the radius is four times as far",
        on="one year, two more stations",
        found="unreached_have_no_site",
        spoil=_measured_as_far(4),
    ),
    Mutant(
        name="truck rules are forgotten",
        on="one year, two more stations",
        found="figures_add_up",
        spoil=_set(measuring, "closed_to", lambda *_: frozenset()),
    ),
    Mutant(
        name="roads open before they do",
        on="phased, a road to come",
        found="figures_add_up",
        spoil=_set(inputs, "read_networks", _as_of_last_year(inputs.read_networks)),
    ),
)
