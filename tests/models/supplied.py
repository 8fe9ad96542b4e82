"""Small problems with supply, drawn from a seed, and the best plan of each by listing all that can be built."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog

from h2plan.delivering import CentreTerms, DeliveryLink, SourceTerms, Supply
from h2plan.problem import Limits, Problem
from tests.models import oracle
from tests.models.small import scattered

ONE_SIZE = {"S300": (300.0, 6e6, 0.9e6)}


def tube(origin: str, destination: str, cny_per_kg: float, **more: float) -> DeliveryLink:
    """Return a road from one place to another."""
    given = {"km": 10.0, "max_kg_per_d": 5000.0, **more}
    return DeliveryLink(origin=origin, destination=destination, mode="tube_trailer", cny_per_kg=cny_per_kg, **given)


def pipe(origin: str, destination: str, cny_per_kg: float, fixed_cny_per_yr: float, **more: float) -> DeliveryLink:
    """Return a pipe with a fixed charge."""
    given = {"km": 5.0, "max_kg_per_d": 5000.0, "capex_cny": 10 * fixed_cny_per_yr, **more}
    return DeliveryLink(
        origin=origin,
        destination=destination,
        mode="pipeline",
        cny_per_kg=cny_per_kg,
        fixed_cny_per_yr=fixed_cny_per_yr,
        **given,
    )


def random_supply(seed: int) -> Problem:
    """Return three sites, two sources, one centre, a pipe and an electrolyser; every kind of limit by turns."""
    rng = np.random.default_rng(7000 + seed)
    limits = Limits(
        stations_max=[None, 2][seed % 2],
        budget_cny=[None, 19e6][seed // 2 % 2],
        utilisation_max=[1.0, 0.8][seed // 4 % 2],
    )
    small = scattered(seed, sites=3, demand=5, sizes=ONE_SIZE, radius=22, limits=limits, shortfall=60)
    supply = drawn_supply(
        small.sites.ids,
        rng,
        smallest_kg_per_d=[0.0, 70.0][seed // 8 % 2],
        required=seed % 5 == 4,
        trailers_max=[None, 1][seed // 16 % 2],
    )
    return replace(small, supply=supply)


def drawn_supply(
    sites: Sequence[str],
    rng: np.random.Generator,
    *,
    smallest_kg_per_d: float,
    required: bool,
    trailers_max: int | None,
) -> Supply:
    """Return two sources, one centre, a pipe and an electrolyser for three sites or more."""
    cny = rng.uniform(2, 15, 12).round(2)
    links = [
        *(tube("near", j, float(cny[n]), trailers_per_kg_per_d=0.002) for n, j in enumerate(sites[:3])),
        *(tube("far", j, float(8 + cny[3 + n]), trailers_per_kg_per_d=0.008) for n, j in enumerate(sites[1:])),
        tube("near", "hub", float(cny[6] / 4), trailers_per_kg_per_d=0.001),
        *(tube("hub", j, float(cny[7 + n] / 3), trailers_per_kg_per_d=0.001) for n, j in enumerate(sites)),
        pipe("far", "hub", 0.5, float(rng.uniform(1e5, 6e5))),
        DeliveryLink(
            origin=sites[0],
            destination=sites[0],
            mode="on_site",
            km=0.0,
            cny_per_kg=30.0,
            max_kg_per_d=150.0,
            fixed_cny_per_yr=float(rng.uniform(1e5, 9e5)),
            capex_cny=3e6,
        ),
    ]
    return Supply(
        sources=(
            SourceTerms(id="far", available_kg_per_d=float(rng.uniform(50, 400)), price_cny_per_kg=18.0),
            SourceTerms(
                id="near",
                available_kg_per_d=float(rng.uniform(80, 400)),
                smallest_kg_per_d=smallest_kg_per_d,
                price_cny_per_kg=20.0,
            ),
        ),
        centres=(
            CentreTerms(
                id="hub",
                capacity_kg_per_d=float(rng.uniform(100, 500)),
                capex_cny=3e6,
                annual_cost_cny_per_yr=float(rng.uniform(1e4, 4e5)),
                required=required,
            ),
        ),
        links=tuple(sorted(links, key=lambda link: link.key)),
        trailers_max=trailers_max,
    )


@dataclass(frozen=True, kw_only=True)
class Built:
    """One choice of all that is built, and which sources sell."""

    chosen: oracle.Choice
    centres: frozenset[str]
    laid: frozenset[tuple[str, str, str]]
    selling: frozenset[str]


def _subsets(names: Sequence[object]) -> Iterator[frozenset[object]]:
    for count in range(len(names) + 1):
        yield from map(frozenset, itertools.combinations(names, count))


def builds(problem: Problem) -> Iterator[Built]:
    """Yield every choice within the budget."""
    supply = problem.supply
    assert supply is not None
    fixed = [link.key for link in supply.links if link.is_fixed]
    picky = [source.id for source in supply.sources if source.smallest_kg_per_d > 0]
    others = {source.id for source in supply.sources} - set(picky)
    for chosen in oracle.choices(problem):
        for centres in _subsets([centre.id for centre in supply.centres]):
            if any(centre.required and centre.id not in centres for centre in supply.centres):
                continue
            for laid in _subsets(fixed):
                for selling in _subsets(picky):
                    found = Built(chosen=chosen, centres=centres, laid=laid, selling=selling | others)
                    if problem.limits.budget_cny is None or _capex(problem, found) <= problem.limits.budget_cny:
                        yield found


def _capex(problem: Problem, built: Built) -> float:
    supply = problem.supply
    assert supply is not None
    stations = sum(problem.sizes.capex_cny[k] for k in built.chosen.values() if k is not None)
    centres = sum(centre.capex_cny for centre in supply.centres if centre.id in built.centres)
    return float(stations + centres + sum(link.capex_cny for link in supply.links if link.key in built.laid))


def _kept(problem: Problem, built: Built) -> float:
    """Return the yearly cost of all that is built."""
    supply = problem.supply
    assert supply is not None
    centres = sum(c.annual_cost_cny_per_yr for c in supply.centres if c.id in built.centres)
    laid = sum(link.fixed_cny_per_yr for link in supply.links if link.key in built.laid)
    return oracle.station_cost(problem, built.chosen) + centres + laid


def best(problem: Problem, objective: str) -> tuple[float, float]:
    """Return (served kg/d, least annual cost) of the best plan: of most served for coverage, of all for cost."""
    all_built = list(builds(problem))
    shortfall = problem.shortfall_cny_per_kg * problem.operating_d_per_yr
    floor = 0.0
    if objective == "coverage":
        flows = [flow(problem, built, gain=1.0, floor_kg=0.0) for built in all_built]
        floor = max(kg for kg, _ in (found for found in flows if found is not None))
    best_cost, best_kg = np.inf, 0.0
    for built in all_built:
        found = flow(problem, built, gain=0.0, floor_kg=floor * (1 - 1e-7))
        if found is not None:
            kg, moved = found
            cost = _kept(problem, built) + moved + shortfall * (problem.total_kg_per_d - kg)
            if cost < best_cost:
                best_cost, best_kg = cost, kg
    return (floor if objective == "coverage" else best_kg), best_cost


def flow(problem: Problem, built: Built, *, gain: float, floor_kg: float) -> tuple[float, float] | None:
    """Return (served kg/d, CNY/yr of ways and hydrogen) for one choice; `gain` 1 serves most, 0 spends least."""
    supply, pairs = problem.supply, problem.pairs
    assert supply is not None
    use = [n for n in range(len(pairs.demand)) if int(pairs.site[n]) in built.chosen]
    links = [link for link in supply.links if _usable(problem, supply, built, link)]
    kg = problem.demand_kg_per_d[pairs.demand[use]]
    width = len(use) + len(links)
    prices = {source.id: source.price_cny_per_kg for source in supply.sources}
    money = np.array(
        [
            *(float(kg[n] * pairs.access_cny_per_kg[use[n]]) for n in range(len(use))),
            *(prices.get(link.origin, 0.0) + link.cny_per_kg for link in links),
        ]
    )
    served = np.array([*kg, *([0.0] * len(links))])
    upper, right = _limits(problem, supply, built, use, links)
    upper.append(-served)
    right.append(-floor_kg)
    equal = _balances(problem, built, use, links)
    value = -served if gain else money - problem.shortfall_cny_per_kg * served
    bounds = [(0, 1)] * len(use) + [(0, link.max_kg_per_d) for link in links]
    if width == 0:
        return (0.0, 0.0) if floor_kg <= 1e-9 and not _must_sell(supply, built) else None
    found = linprog(
        value,
        A_ub=np.array(upper),
        b_ub=right,
        A_eq=np.array(equal) if equal else None,
        b_eq=[0.0] * len(equal) if equal else None,
        bounds=bounds,
        method="highs",
    )
    if found.status != 0:
        return None
    return float(served @ found.x), float(money @ found.x) * problem.operating_d_per_yr


def _must_sell(supply: Supply, built: Built) -> bool:
    return any(source.smallest_kg_per_d > 0 and source.id in built.selling for source in supply.sources)


def _usable(problem: Problem, supply: Supply, built: Built, link: DeliveryLink) -> bool:
    places: Collection[str] = {problem.sites.ids[j] for j in built.chosen} | built.centres
    from_source = link.origin in {source.id for source in supply.sources}
    start = link.origin in built.selling if from_source else link.origin in places
    return start and link.destination in places and (not link.is_fixed or link.key in built.laid)


def _limits(
    problem: Problem, supply: Supply, built: Built, use: Sequence[int], links: Sequence[DeliveryLink]
) -> tuple[list[np.ndarray], list[float]]:
    pairs = problem.pairs
    kg = problem.demand_kg_per_d[pairs.demand[use]]
    no_x, no_f = np.zeros(len(use)), np.zeros(len(links))
    rows, right = [], []
    for i in range(len(problem.demand_ids)):
        rows.append(np.append((pairs.demand[use] == i).astype(float), no_f))
        right.append(1.0)
    for j, k in built.chosen.items():
        capacity = problem.sites.built_kg_per_d[j] if k is None else problem.sizes.capacity_kg_per_d[k]
        rows.append(np.append(np.where(pairs.site[use] == j, kg, 0.0), no_f))
        right.append(problem.limits.utilisation_max * float(capacity))
    for source in supply.sources:
        out = np.array([float(link.origin == source.id) for link in links])
        rows.append(np.append(no_x, out))
        right.append(source.available_kg_per_d)
        if source.smallest_kg_per_d > 0 and source.id in built.selling:
            rows.append(np.append(no_x, -out))
            right.append(-source.smallest_kg_per_d)
    for centre in supply.centres:
        rows.append(np.append(no_x, [float(link.origin == centre.id) for link in links]))
        right.append(centre.capacity_kg_per_d if centre.id in built.centres else 0.0)
    if supply.trailers_max is not None:
        rows.append(np.append(no_x, [link.trailers_per_kg_per_d for link in links]))
        right.append(float(supply.trailers_max))
    return rows, right


def _balances(problem: Problem, built: Built, use: Sequence[int], links: Sequence[DeliveryLink]) -> list[np.ndarray]:
    pairs = problem.pairs
    kg = problem.demand_kg_per_d[pairs.demand[use]]
    rows = []
    for j in built.chosen:
        into = [float(link.destination == problem.sites.ids[j]) for link in links]
        rows.append(np.append(np.where(pairs.site[use] == j, -kg, 0.0), into))
    for centre in sorted(built.centres):
        through = [float(link.destination == centre) - float(link.origin == centre) for link in links]
        rows.append(np.append(np.zeros(len(use)), through))
    return rows
