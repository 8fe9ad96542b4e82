"""Matrices of trips: doubly constrained gravity by Furness's method, decay calibrated, pulled to link counts.

Gravity with balancing factors: T_ij = A_i B_j O_i D_j f(c_ij) (Wilson, Transportation Research 1, 1967). Balancing:
rows and columns are scaled in turn (Furness, Traffic Engineering and Control 7, 1965; iterative proportional fitting).
Decay: secant search for the mean trip length (Hyman, Environment and Planning 1, 1969). Counts: the entropy
maximising multiplicative updates of Van Zuylen and Willumsen (Transportation Research B 14, 1980).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from h2plan.errors import Fault, InputError

Floats = NDArray[np.float64]
MAX_SWEEPS = 500
TOLERANCE = 1e-10
SHOWN = 10
STEEPEST = 50.0
"""Steepest exponential decay tried, as a multiple of one over the mean distance."""
FIT = "matrix "
"""How a note begins that says how a matrix of trips was fitted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Balanced:
    """A matrix (origins, destinations) whose margins are met, and how the balancing went."""

    trips: Floats
    sweeps: int
    error: float
    """Largest relative gap of a row; columns are met exactly."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibrated:
    """A balanced matrix whose mean trip length is met by its decay."""

    balanced: Balanced
    decay: float
    mean_km: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Pulled:
    """Trips pulled towards link counts."""

    trips: Floats
    modelled: Floats
    """Flow on each counted link, in the unit of the counts."""
    rounds: int


def furness(
    seed: Floats,
    origins: Floats,
    destinations: Floats,
    *,
    names: tuple[Sequence[str], Sequence[str]],
    tolerance: float = TOLERANCE,
    max_sweeps: int = MAX_SWEEPS,
) -> Balanced:
    """Scale a seed (m, n) of deterrence so that its rows add up to origins (m) and its columns to destinations (n).

    Raises:
        InputError: totals that differ, a row or column that is wanted but has no pair, no convergence; with names.
    """
    _refuse_unequal(float(origins.sum()), float(destinations.sum()))
    _refuse_empty(seed, origins, destinations, names)
    column = np.ones(len(destinations))
    row = np.ones(len(origins))
    error = math.inf
    for sweep in range(1, max_sweeps + 1):
        row = _ratio(origins, seed @ column)
        column = _ratio(destinations, row @ seed)
        reached = row * (seed @ column)
        gaps = np.abs(reached - origins) / np.where(origins > 0, origins, 1.0)
        error = float(gaps.max(initial=0.0))
        if error <= tolerance:
            return Balanced(trips=row[:, None] * seed * column, sweeps=sweep, error=error)
    worst = [names[0][n] for n in np.argsort(-gaps, kind="stable")[:SHOWN].tolist() if gaps[n] > tolerance]
    message = f"the gravity matrix does not converge in {max_sweeps} sweeps (gap {error:.2g}); rows: {', '.join(worst)}"
    hint = "their destinations cannot take what they send: widen the pairs or change the totals"
    raise InputError(Fault(where="demand highways", message=message, hint=hint))


def _ratio(wanted: Floats, found: Floats) -> Floats:
    return np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0)


def _refuse_unequal(sent: float, taken: float) -> None:
    if not math.isclose(sent, taken, rel_tol=1e-9):
        raise InputError(f"origins send {sent:g}, destinations take {taken:g}", where="demand highways")


def _refuse_empty(
    seed: Floats, origins: Floats, destinations: Floats, names: tuple[Sequence[str], Sequence[str]]
) -> None:
    faults = []
    for wanted, sums, of, what in (
        (origins, seed.sum(axis=1), names[0], "origin"),
        (destinations, seed.sum(axis=0), names[1], "destination"),
    ):
        faults += [
            Fault(where="demand highways", column=of[n], message=f"this {what} has trips but nowhere to go")
            for n in np.flatnonzero((wanted > 0) & (sums <= 0)).tolist()
        ]
    if faults:
        raise InputError(faults)


def deterrence(km: Floats, decay: float, *, form: str) -> Floats:
    """Return km^-decay (power) or exp(-decay x km) (exponential)."""
    if form == "power":
        return np.asarray(km**-decay, dtype=np.float64)
    return np.asarray(np.exp(-decay * (km - km.min())), dtype=np.float64)  # the constant falls to the balancing factors


def calibrate(
    km: Floats,
    origins: Floats,
    destinations: Floats,
    *,
    names: tuple[Sequence[str], Sequence[str]],
    mean_km: float,
    form: str = "power",
    allowed: Floats | None = None,
) -> Calibrated:
    """Find the decay at which trips are `mean_km` long on average: bisection, because the mean falls as decay rises.

    Raises:
        InputError: no decay from 0 to 10 (power) or to 50 over the mean distance (exponential) gives that mean.
    """
    mask = np.ones_like(km) if allowed is None else allowed

    def at(decay: float) -> tuple[Balanced, float]:
        seed = deterrence(km, decay, form=form) * mask
        balanced = furness(seed, origins, destinations, names=names, tolerance=1e-8)
        return balanced, float((balanced.trips * km).sum() / balanced.trips.sum())

    low, high = 0.0, 10.0 if form == "power" else STEEPEST / float(km.mean())
    longest = at(low)[1]
    shortest = _mean_or_zero(at, high)
    if not shortest <= mean_km <= longest:
        message = f"no decay gives a mean of {mean_km:g} km; between {shortest:.4g} and {longest:.4g} km is possible"
        raise InputError(message, where="demand highways")
    for _ in range(60):
        middle = (low + high) / 2
        mean = _mean_or_zero(at, middle)
        if abs(mean - mean_km) <= 1e-9 * mean_km:
            break
        low, high = (middle, high) if mean > mean_km else (low, middle)
    balanced, mean = at(middle)
    return Calibrated(balanced=balanced, decay=middle, mean_km=mean)


def _mean_or_zero(at: Callable[[float], tuple[Balanced, float]], decay: float) -> float:
    """Return the mean distance; 0 for a decay so steep that the balancing stalls, which sends the search back."""
    try:
        return at(decay)[1]
    except InputError:
        return 0.0


def geh(modelled: Floats, counted: Floats) -> Floats:
    """GEH statistic of hourly flows: sqrt(2 (M - C)^2 / (M + C)) (UK Design Manual for Roads and Bridges)."""
    total = modelled + counted
    return np.sqrt(2 * (modelled - counted) ** 2 / np.where(total > 0, total, 1.0))


def pull_to_counts(
    trips: Floats, usage: sparse.csr_array, counted: Floats, *, rounds: int = 200, tolerance: float = 1e-6
) -> Pulled:
    """Change trips (pairs) as little as possible so that links carry their counts; `usage` is (links, pairs), 0 or 1.

    Counts may contradict each other; then the last round stands and the fit says by how much. The total is kept: counts
    say where vehicles drive, the fleet says how many there are.
    """
    total, wanted = float(trips.sum()), counted.astype(np.float64)
    pulled, done = trips.astype(np.float64), 0
    for _ in range(rounds):
        done += 1
        before = pulled.copy()
        for link in range(usage.shape[0]):
            pairs = usage.indices[usage.indptr[link] : usage.indptr[link + 1]]
            flow = pulled[pairs].sum()
            if flow > 0:
                pulled[pairs] *= wanted[link] / flow
        pulled *= total / pulled.sum()
        if float(np.abs(pulled - before).max()) <= tolerance * total:
            break
    return Pulled(trips=pulled, modelled=np.asarray(usage @ pulled, dtype=np.float64), rounds=done)
