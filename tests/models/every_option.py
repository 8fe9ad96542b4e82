"""Small problems of the network design model with every group of options by turns, drawn from a seed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from h2plan.framing import too_close
from h2plan.phases import Policy, ServeRule
from h2plan.problem import Limits, Problem, Trips
from tests.models import promised
from tests.models.phased import phased
from tests.models.small import scattered
from tests.models.supplied import drawn_supply

SIZES = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}


def drawn(seed: int) -> tuple[Problem, dict[str, Any]]:
    """Return a problem of one to three years and options of the model; each group of either is there or not."""
    rng = np.random.default_rng([seed, 4711])
    small = _one_year(seed, rng)
    if rng.random() < 0.4:
        small = replace(
            small,
            supply=drawn_supply(
                small.sites.ids,
                rng,
                smallest_kg_per_d=float(rng.choice([0.0, 70.0])),
                required=bool(rng.random() < 0.2),
                trailers_max=1 if rng.random() < 0.3 else None,
            ),
        )
    if rng.random() < 0.6:
        small = _priced(promised.with_policy(small, rng), rng)
    small = replace(small, policy=replace(small.policy, districts=_districts(small)))
    options = _options(rng, single_year=small)
    if options.get("flows") == "tours":
        small = replace(small, trips=_trips(small, rng))
    return (small if rng.random() < 0.3 else _years(small, rng)), options


def _one_year(seed: int, rng: np.random.Generator) -> Problem:
    sites, rows = int(rng.integers(3, 5)), int(rng.integers(3, 7))
    limits = Limits(
        stations_max=int(rng.integers(2, sites + 1)) if rng.random() < 0.4 else None,
        budget_cny=float(rng.choice([12e6, 18e6])) if rng.random() < 0.3 else None,
        served_share_min=0.2 if rng.random() < 0.2 else None,
        utilisation_max=float(rng.choice([1.0, 0.75])),
    )
    more = {
        "sites": sites,
        "demand": rows,
        "sizes": SIZES,
        "built": {"s000": 120.0} if rng.random() < 0.5 else {},
        "required": ["s001"] if rng.random() < 0.2 else [],
        "limits": limits,
        "shortfall": float(rng.choice([25.0, 60.0])),
    }
    small = scattered(seed, radius=16.0, **more)
    if not len(small.pairs.demand):
        small = scattered(seed, radius=45.0, **more)
    at = rng.uniform(0, 10, (sites, 2))
    km = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    wider = scattered(seed, radius=30.0, **more)
    return replace(
        small,
        sites=replace(small.sites, build_share=np.round(rng.uniform(0.7, 1.1, sites), 2)),
        site_km=km,
        conflicts=too_close(km, 2.0 if rng.random() < 0.3 and "s001" not in more["required"] else None),
        vehicles=np.round(rng.uniform(1, 20, len(small.demand_ids))),
        wider=promised.shared(small, wider) if rng.random() < 0.5 else None,
    )


def _priced(small: Problem, rng: np.random.Generator) -> Problem:
    """Give some of the rules a price."""
    policy = small.policy
    return replace(
        small,
        policy=replace(
            policy,
            sites=tuple(replace(rule, penalty_cny_per_yr=_price(rng, 1e6)) for rule in policy.sites),
            serve=tuple(replace(rule, penalty_cny_per_kg=_price(rng, 10.0)) for rule in policy.serve),
            gaps=tuple(replace(rule, penalty_cny_per_yr=_price(rng, 1e6)) for rule in policy.gaps),
        ),
    )


def _price(rng: np.random.Generator, price: float) -> float | None:
    return price if rng.random() < 0.5 else None


def _districts(small: Problem) -> tuple[ServeRule, ...]:
    halves = (small.demand_ids[::2], small.demand_ids[1::2])
    kg = dict(zip(small.demand_ids, small.demand_kg_per_d.tolist(), strict=True))
    return tuple(
        ServeRule(name=f"half {n}", demand=frozenset(rows), share_min=0.0, total_kg_per_d=sum(kg[i] for i in rows))
        for n, rows in enumerate(halves)
        if rows
    )


def _options(rng: np.random.Generator, *, single_year: Problem) -> dict[str, Any]:
    objective = str(rng.choice(["coverage", "cost", "cost", "vehicles", "worst_district"]))
    options: dict[str, Any] = {"objective": objective}
    if rng.random() < 0.4:
        others = [aim for aim in ("cost", "worst_district", "minutes", "backup") if aim != objective]
        options["then"] = [str(aim) for aim in rng.permutation(others)[: int(rng.integers(1, 3))]]
    if rng.random() < 0.25:
        options["sourcing"] = "single"
    if rng.random() < 0.25:
        options["closest"] = True
    if single_year.supply is None and rng.random() < 0.25:
        options |= {"flows": "tours", "start_share": float(rng.choice([0.5, 1.0]))}
    return options


def _trips(small: Problem, rng: np.random.Generator) -> Trips:
    """Let the first row of demand be a trip that passes the sites in its reach."""
    stops = np.sort(small.pairs.site[small.pairs.demand == 0])
    length_km = float(rng.integers(4, 16) * 10)
    return Trips(
        row=np.array([0], dtype=np.intp),
        length_km=np.array([length_km]),
        range_km=np.array([float(rng.integers(10, 30) * 10)]),
        stop_trip=np.zeros(len(stops), dtype=np.intp),
        stop_site=stops.astype(np.intp),
        stop_km=np.round(rng.uniform(0, length_km, len(stops))),
        spur_km=np.zeros(len(stops)),
    )


def _years(small: Problem, rng: np.random.Generator) -> Problem:
    count, sites = int(rng.integers(2, 4)), len(small.sites.ids)
    closing = bool(rng.random() < 0.2)
    ramp = [1.0, 1.0, 1.0] if closing or rng.random() < 0.5 else [0.5, 0.8, 0.95]
    share = np.array([[ramp[now - at] if now >= at else 0.0 for now in range(count)] for at in range(count)])
    first = dict(zip(small.demand_ids, small.demand_kg_per_d.tolist(), strict=True))
    kg = [{i: round(first[i] * (t + rng.uniform(0.3, 1.0)), 1) for i in first} for t in range(count)]
    made = phased(
        small,
        kg,
        weights_yr=np.round(rng.uniform(1.0, 4.0, count), 2).tolist(),
        budget_cny=None if rng.random() < 0.4 else rng.choice([5e6, 8e6, 11e6], count).tolist(),
        carry_over=bool(rng.random() < 0.6),
        closing=closing,
        upgrades=bool(rng.random() < 0.8),
        upgrade_premium_share=0.0 if closing else float(rng.choice([0.0, 0.2])),
        opens_from=np.array([0, 0, *rng.integers(0, 2, sites - 2)]),
        usable_share=share,
        standing_share=float(rng.choice([1.0, 0.95])),
    )
    return replace(made, earlier=(_without_promises(made.earlier[0], rng), *made.earlier[1:]))


def _without_promises(year: Problem, rng: np.random.Generator) -> Problem:
    """Let rules begin after the first year by turns."""
    return year if rng.random() < 0.5 else replace(year, policy=Policy(districts=year.policy.districts))
