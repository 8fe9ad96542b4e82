"""The supply of one year as decisions and constraints, one function a family; a Block may take the place of the model.

Indices: o origin (source s, centre c, or for production on site the station itself), l destination (centre or
station j), m mode. Hydrogen is in kg/d and money in 10,000 CNY, as everywhere inside a model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import pyomo.environ as pyo

from h2plan.delivering import CentreTerms, DeliveryLink, Mode, SourceTerms, Supply
from h2plan.models._parts import CNY_PER_UNIT, Network
from h2plan.problem import Problem

KG_DIGITS = 1e-6
"""A flow below this, kg/d, is none."""
Key = tuple[str, str, Mode]
"""Origin, destination, mode."""


@dataclass(frozen=True, kw_only=True)
class SupplyNet:
    """The supply of a problem by id, without links that can carry nothing or never pay."""

    sources: Mapping[str, SourceTerms]
    centres: Mapping[str, CentreTerms]
    links: Mapping[Key, DeliveryLink]
    most_kg: Mapping[Key, float]
    """The largest flow that makes sense on a link, kg/d."""
    trailers_max: int | None
    days: float
    """Operating days a year."""

    def into(self) -> Mapping[str, list[Key]]:
        """Return for each destination its links."""
        found: defaultdict[str, list[Key]] = defaultdict(list)
        for key in self.links:
            found[key[1]].append(key)
        return found

    def out_of(self) -> Mapping[str, list[Key]]:
        """Return for each source and centre its links."""
        found: defaultdict[str, list[Key]] = defaultdict(list)
        for key in self.links:
            found[key[0]].append(key)
        return found

    @property
    def fixed(self) -> list[Key]:
        """Links that cost something to have at all."""
        return [key for key, link in self.links.items() if link.is_fixed]

    @property
    def new_centres(self) -> list[str]:
        return [c for c, terms in self.centres.items() if not terms.built]

    def least_cny_per_kg(self) -> dict[str, float]:
        """Return for each station that hydrogen reaches the least that a kilogram there can cost, CNY/kg.

        A fixed charge counts at the largest flow that it allows, so that no plan pays less.
        """
        at_centre: dict[str, float] = {}
        for key in self.links:
            if key[1] in self.centres:
                centre = self.centres[key[1]]
                standing = centre.annual_cost_cny_per_yr / (self.days * centre.capacity_kg_per_d)
                at_centre[key[1]] = min(at_centre.get(key[1], inf), self._least(key) + standing)
        found: dict[str, float] = {}
        for key in self.links:
            if key[1] not in self.centres:
                before = at_centre.get(key[0], inf) if key[0] in self.centres else 0.0
                found[key[1]] = min(found.get(key[1], inf), before + self._least(key))
        return {j: cny for j, cny in found.items() if cny < inf}

    def _least(self, key: Key) -> float:
        return self.bought_cny_per_kg(key) + least_cny_per_kg(self.links[key], self.most_kg[key], days=self.days)

    def bought_cny_per_kg(self, key: Key) -> float:
        """Return what a kilogram on a link costs at the gate; nothing more where it comes from a centre or is made."""
        source = self.sources.get(key[0])
        return 0.0 if source is None else source.price_cny_per_kg

    def price(self, key: Key) -> float:
        """Return what a kg/d on a link costs in a year, bought and brought, 10,000 CNY/yr."""
        return (self.bought_cny_per_kg(key) + self.links[key].cny_per_kg) * self.days / CNY_PER_UNIT


def least_cny_per_kg(link: DeliveryLink, most_kg_per_d: float, *, days: float) -> float:
    """Return what a kilogram on a link costs at its largest flow, where a fixed charge weighs least, CNY/kg."""
    return link.cny_per_kg + link.fixed_cny_per_yr / (days * most_kg_per_d)


def supply_net(supply: Supply, net: Network) -> SupplyNet:
    """Read the supply of a problem by id.

    Left out are links from sources without hydrogen, links to sites that dispense nothing, and links that a cheaper one
    between the same two places replaces whatever they carry.
    """
    days = net.problem.operating_d_per_yr
    sources = {source.id: source for source in supply.sources if source.available_kg_per_d > 0}
    centres = {centre.id: centre for centre in supply.centres}
    most_at = _most_at_stations(net)
    most: dict[Key, float] = {}
    for link in supply.links:
        start = _most_from(link, sources, centres)
        end = (
            centres[link.destination].capacity_kg_per_d
            if link.destination in centres
            else most_at.get(link.destination)
        )
        if start and end:
            most[link.key] = min(link.max_kg_per_d, start, end)
    links = {link.key: link for link in supply.links if link.key in most}
    kept = links if supply.trailers_max is not None else _undominated(links, most, days)
    return SupplyNet(
        sources=sources,
        centres=centres,
        links=kept,
        most_kg={key: most[key] for key in kept},
        trailers_max=supply.trailers_max,
        days=days,
    )


def _most_at_stations(net: Network) -> dict[str, float]:
    """Return the most that each site can dispense: its largest station, or all demand in its reach."""
    u = net.limits.utilisation_max
    return {
        j: min(
            u
            * max(
                [
                    net.standing_kg(j),
                    *(net.capacity_kg[k] for k in net.sizes_at.get(j, ())),
                ]
            ),
            sum(net.demand_kg[i] for i in rows),
        )
        for j, rows in net.demand_at().items()
    }


def _most_from(
    link: DeliveryLink, sources: Mapping[str, SourceTerms], centres: Mapping[str, CentreTerms]
) -> float | None:
    if link.mode == "on_site":
        return link.max_kg_per_d
    if link.origin in centres:
        return centres[link.origin].capacity_kg_per_d
    return sources[link.origin].available_kg_per_d if link.origin in sources else None


def _undominated(links: Mapping[Key, DeliveryLink], most: Mapping[Key, float], days: float) -> dict[Key, DeliveryLink]:
    """Drop a link where one between the same places costs no more a kg, whatever the flow, and carries as much.

    A fixed charge counts at the largest flow, where it is smallest a kg. Holds only while trailers are not limited.
    """
    by_places: defaultdict[tuple[str, str], list[Key]] = defaultdict(list)
    for key in links:
        by_places[key[0], key[1]].append(key)

    def least(key: Key) -> float:
        return least_cny_per_kg(links[key], most[key], days=days)

    def beaten(key: Key) -> bool:
        return any(
            not links[other].is_fixed and most[other] >= most[key] and (least(other), other) < (least(key), key)
            for other in by_places[key[0], key[1]]
        )

    return {key: link for key, link in links.items() if link.required or not beaten(key)}


def balance_supply(block: Any, net: Network) -> None:
    """Everything that balances what one year's stations dispense with what sources sell; nothing without supply.

    Stands behind the families of `_parts`, whose rows `block.implied` it adds to.
    """
    if net.problem.supply is None:
        return
    chain = block.chain = supply_net(net.problem.supply, net)
    deliver_hydrogen(block, chain)
    balance_each_station(block, net, chain)
    balance_each_centre(block, chain)
    sell_no_more_than_available(block, chain)
    sell_enough_or_nothing(block, chain)
    hand_on_within_capacity(block, chain)
    pass_only_through_centres_that_stand(block, chain)
    carry_only_where_a_link_stands(block, chain)
    receive_only_where_a_link_stands(block, net, chain)
    count_trailers(block, chain)


# Decisions


def deliver_hydrogen(block: Any, chain: SupplyNet) -> None:
    """f_olm ≥ 0: kg/d on a link; h_c = 1 where a centre stands; v_olm = 1 where a link with a fixed charge is laid."""

    def at_most(m: Any, *key: Any) -> tuple[float, float]:
        return (0.0, chain.most_kg[key])

    block.deliver = pyo.Var(list(chain.links), bounds=at_most)
    block.centre = pyo.Var(chain.new_centres, domain=pyo.Binary)
    block.laid = pyo.Var(chain.fixed, domain=pyo.Binary)
    required = [c for c in chain.new_centres if chain.centres[c].required]
    if required:
        block.required_centres_stand = pyo.Constraint(required, rule=lambda m, c: m.centre[c] == 1)
    lying = [key for key in chain.fixed if chain.links[key].required]
    if lying:
        block.required_links_stand = pyo.Constraint(lying, rule=lambda m, *key: m.laid[key] == 1)


def _stands(block: Any, chain: SupplyNet, centre: str) -> Any:
    return 1 if chain.centres[centre].built else block.centre[centre]


def _flow(block: Any, keys: Iterable[Key]) -> Any:
    return sum(block.deliver[key] for key in keys)


# Constraints


def balance_each_station(block: Any, net: Network, chain: SupplyNet) -> None:
    """A station receives what it dispenses: Σ_om f_ojm = Σ_i d_i x_ij."""
    into, demand_at = chain.into(), net.demand_at()

    def rule(m: Any, j: str) -> Any:
        return _flow(m, into.get(j, ())) - sum(net.demand_kg[i] * m.serve[i, j] for i in demand_at[j]) == 0

    block.balance_each_station = pyo.Constraint(list(demand_at), rule=rule)


def balance_each_centre(block: Any, chain: SupplyNet) -> None:
    """A centre hands on what it receives: Σ f_ocm = Σ f_cjm."""
    into, out_of = chain.into(), chain.out_of()
    busy = [c for c in chain.centres if into.get(c) or out_of.get(c)]
    if busy:
        block.balance_each_centre = pyo.Constraint(
            busy, rule=lambda m, c: _flow(m, into.get(c, ())) - _flow(m, out_of.get(c, ())) == 0
        )


def sell_no_more_than_available(block: Any, chain: SupplyNet) -> None:
    """A source sells what it has: Σ f_slm ≤ S_s."""
    out_of = chain.out_of()
    block.sell_no_more_than_available = pyo.Constraint(
        [s for s in chain.sources if out_of.get(s)],
        rule=lambda m, s: _flow(m, out_of[s]) <= chain.sources[s].available_kg_per_d,
    )


def sell_enough_or_nothing(block: Any, chain: SupplyNet) -> None:
    """A source with a smallest feed sells that much or nothing: F_s w_s ≤ Σ f_slm ≤ S_s w_s, w_s ∈ {0, 1}."""
    out_of = chain.out_of()
    picky = [s for s, terms in chain.sources.items() if terms.smallest_kg_per_d > 0 and out_of.get(s)]
    block.sells = pyo.Var(picky, domain=pyo.Binary)
    if not picky:
        return
    block.sell_at_least_smallest = pyo.Constraint(
        picky, rule=lambda m, s: _flow(m, out_of[s]) - chain.sources[s].smallest_kg_per_d * m.sells[s] >= 0
    )
    block.sell_only_if_at_all = pyo.Constraint(
        picky, rule=lambda m, s: _flow(m, out_of[s]) - chain.sources[s].available_kg_per_d * m.sells[s] <= 0
    )


def hand_on_within_capacity(block: Any, chain: SupplyNet) -> None:
    """A centre hands on no more than its capacity, and nothing where it does not stand: Σ f_cjm ≤ H_c h_c."""
    out_of = chain.out_of()
    busy = [c for c in chain.centres if out_of.get(c)]
    if busy:
        block.hand_on_within_capacity = pyo.Constraint(
            busy,
            rule=lambda m, c: _flow(m, out_of[c]) - chain.centres[c].capacity_kg_per_d * _stands(m, chain, c) <= 0,
        )


def pass_only_through_centres_that_stand(block: Any, chain: SupplyNet) -> None:
    """Nothing comes to or from a centre that does not stand: f_olm ≤ M_olm h_c.

    Implied by capacity and balance at whole h; stated because it tightens the relaxation.
    """
    new = set(chain.new_centres)
    keys = [key for key in chain.links if key[0] in new or key[1] in new]
    if not keys:
        return

    def rule(m: Any, *key: Any) -> Any:
        centre = key[0] if key[0] in new else key[1]
        return m.deliver[key] - chain.most_kg[key] * m.centre[centre] <= 0

    block.pass_only_through_centres_that_stand = pyo.Constraint(keys, rule=rule)
    block.implied.append(block.pass_only_through_centres_that_stand)


def carry_only_where_a_link_stands(block: Any, chain: SupplyNet) -> None:
    """A pipe or an electrolyser carries hydrogen only where it is laid: f_olm ≤ M_olm v_olm."""
    if chain.fixed:
        block.carry_only_where_a_link_stands = pyo.Constraint(
            chain.fixed, rule=lambda m, *key: m.deliver[key] - chain.most_kg[key] * m.laid[key] <= 0
        )


def receive_only_where_a_link_stands(block: Any, net: Network, chain: SupplyNet) -> None:
    """Where every way in has a fixed charge, serve only if one is laid: x_ij ≤ Σ_om min(1, M_ojm / d_i) v_ojm.

    Implied; the cut of a fixed charge that flow alone spreads thin.
    """
    into = chain.into()
    tied = {j for j in net.demand_at() if into.get(j) and all(chain.links[key].is_fixed for key in into[j])}
    pairs = [(i, j) for i, j in net.access if j in tied]
    if not pairs:
        return

    def rule(m: Any, i: str, j: str) -> Any:
        d = net.demand_kg[i]
        return m.serve[i, j] - sum(min(1.0, chain.most_kg[key] / d) * m.laid[key] for key in into[j]) <= 0

    block.receive_only_where_a_link_stands = pyo.Constraint(pairs, rule=rule)
    block.implied.append(block.receive_only_where_a_link_stands)


def count_trailers(block: Any, chain: SupplyNet) -> None:
    """The fleet does all deliveries: Σ τ_olm f_olm ≤ T."""
    driven = [key for key, link in chain.links.items() if link.trailers_per_kg_per_d > 0]
    if chain.trailers_max is not None and driven:
        busy = sum(chain.links[key].trailers_per_kg_per_d * block.deliver[key] for key in driven)
        block.count_trailers = pyo.Constraint(expr=busy <= chain.trailers_max)


# Years


def keep_what_stands(before: Any, after: Any) -> None:
    """A centre that stands and a link that is laid stay: h_c,t-1 ≤ h_ct and v_t-1 ≤ v_t, stated on the later year."""
    centres = [c for c in after.centre if c in before.centre]
    if centres:
        after.keep_centres = pyo.Constraint(centres, rule=lambda m, c: before.centre[c] - m.centre[c] <= 0)
    laid = [key for key in after.laid if key in before.laid]
    if laid:
        after.keep_links = pyo.Constraint(laid, rule=lambda m, *key: before.laid[key] - m.laid[key] <= 0)


# Money


def supply_cost(block: Any, net: Network) -> Any:
    """Hydrogen bought and brought, centres and laid links, 10,000 CNY/yr; nothing without supply."""
    if net.problem.supply is None:
        return 0
    chain: SupplyNet = block.chain
    moved = sum(chain.price(key) * block.deliver[key] for key in chain.links)
    centres = sum(chain.centres[c].annual_cost_cny_per_yr / CNY_PER_UNIT * block.centre[c] for c in chain.new_centres)
    laid = sum(chain.links[key].fixed_cny_per_yr / CNY_PER_UNIT * block.laid[key] for key in chain.fixed)
    return moved + centres + laid


def has_capital(block: Any, net: Network) -> bool:
    """Whether supply leaves anything to build."""
    return net.problem.supply is not None and len(block.centre) + len(block.laid) > 0


def supply_capex(block: Any, net: Network) -> Any:
    """Capital of the centres and laid links that stand, 10,000 CNY: what has been spent on them, for they stay."""
    if net.problem.supply is None:
        return 0
    chain: SupplyNet = block.chain
    centres = sum(chain.centres[c].capex_cny / CNY_PER_UNIT * block.centre[c] for c in chain.new_centres)
    return centres + sum(chain.links[key].capex_cny / CNY_PER_UNIT * block.laid[key] for key in chain.fixed)


# Decisions by id


def read_supply(
    problem: Problem, block: Any, values: Callable[[Any], Mapping[Any, float]]
) -> tuple[dict[Key, float], tuple[str, ...]]:
    """Return what goes over each link, kg/d, and the centres that stand; `values` reads a variable of the block.

    A link that is laid and carries nothing stands with 0.
    """
    if problem.supply is None:
        return {}, ()
    kg, laid = values(block.deliver), {key for key, value in values(block.laid).items() if value > 0.5}
    flows = {
        key: max(0.0, kg.get(key, 0.0)) for key in sorted({*kg, *laid}) if key in laid or kg.get(key, 0.0) > KG_DIGITS
    }
    new = {c for c, value in values(block.centre).items() if value > 0.5}
    return flows, tuple(sorted(new | {centre.id for centre in problem.supply.centres if centre.built}))
