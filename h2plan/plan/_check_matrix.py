"""Matrices of trips computed anew: weights pull with distance, scaled once or until both margins are met."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from h2plan.errors import InputError

SWEEPS = 1000
BALANCED = 1e-12
"""Balancing ends when no pair changes by more than this, relative."""
Pair = tuple[str, str]
Pull = dict[Pair, float]


class Group(NamedTuple):
    """Ends that trade with each other, by weight, and their part of all flows."""

    share: float
    origins: Mapping[str, float]
    destinations: Mapping[str, float]


def pulled(group: Group, km: Pull, *, form: str, decay: float) -> Pull:
    """Weight x weight x km^-decay, or x exp(-decay km) up to a constant."""
    least = min(km.values(), default=0.0)
    pull: Pull = {}
    for (a, b), far in km.items():
        falls = far**-decay if form == "power" else math.exp(-decay * (far - least))
        value = group.origins[a] * group.destinations[b] * falls
        if value > 0:
            pull[a, b] = value
    return pull


def balanced(pull: Pull, group: Group) -> Pull:
    """Scale rows and columns in turn until every origin and every destination has its weight's part (Furness)."""
    for _ in range(SWEEPS):
        before = pull
        for side, weights in ((0, _parts(group.origins)), (1, _parts(group.destinations))):
            sums: dict[str, list[float]] = {}
            for pair, value in pull.items():
                sums.setdefault(pair[side], []).append(value)
            total = {name: math.fsum(values) for name, values in sums.items()}
            pull = {pair: value * weights[pair[side]] / total[pair[side]] for pair, value in pull.items()}
        if all(abs(value - before[pair]) <= BALANCED * value for pair, value in pull.items()):
            return pull
    raise InputError("the matrix of flows does not converge", where="demand highways")


def _parts(weights: Mapping[str, float]) -> Mapping[str, float]:
    total = math.fsum(weights.values())
    return {name: weight / total for name, weight in weights.items()} if total > 0 else {}


def parts_by_weight(group: Group) -> Pull:
    """Each pair's part if distance did not matter; its margins are those of any balanced matrix."""
    origins, destinations = _parts(group.origins), _parts(group.destinations)
    return {
        (a, b): group.share * part * other
        for a, part in origins.items()
        for b, other in destinations.items()
        if part > 0 and other > 0
    }


def margins(group: Group) -> Iterator[tuple[str, list[Pair], float]]:
    """Each origin and each destination: in words, its pairs, and its part of all flows."""
    pairs = list(parts_by_weight(group))
    for side, word, weights in ((0, "from", group.origins), (1, "to", group.destinations)):
        for name, part in _parts(weights).items():
            if part > 0:
                yield f"{word} {name}", [pair for pair in pairs if pair[side] == name], group.share * part
