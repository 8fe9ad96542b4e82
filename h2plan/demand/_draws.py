"""How uncertain demand is: parameters with ranges, Latin hypercube draws with rank correlation, and a tornado.

Latin hypercube: McKay, Beckman and Conover, Technometrics 21, 1979. Rank correlation: Iman and Conover, Communications
in Statistics B 11, 1982.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from h2plan.demand._fleet import Fleet
from h2plan.domain import Demand, Level, Range
from h2plan.errors import Fault, InputError
from h2plan.scenario import UncertaintySection

Floats = NDArray[np.float64]
FLEET, ACTIVE, PEAK = "fleet", "active_share", "peak"
CONSUMPTION, WORK = "consumption", "work"
MAX_DRAWS = 1_000_000
PERCENTILE_95 = 1.6448536269514722


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One uncertain number: its range, its distribution, and what it varies together with."""

    id: str
    value: Range
    distribution: str
    kind: str
    vehicle_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What one parameter does to demand when it alone goes from low to high."""

    parameter: str
    value: Range
    kg_per_d_low: float
    kg_per_d_high: float
    peak_kg_per_h_low: float
    peak_kg_per_h_high: float
    base_kg_per_d: float
    base_peak_kg_per_h: float

    @property
    def length_kg_per_d(self) -> float:
        return abs(self.kg_per_d_high - self.kg_per_d_low)

    @property
    def length_peak_kg_per_h(self) -> float:
        return abs(self.peak_kg_per_h_high - self.peak_kg_per_h_low)


@dataclass(frozen=True, kw_only=True, eq=False)
class Draws:
    """n draws: parameters (n, k), and for each period kg/d (n,) and coincident peak kg/h (n,)."""

    seed: int
    parameters: tuple[Parameter, ...]
    values: Floats
    kg_per_d: Mapping[int, Floats]
    peak_kg_per_h: Mapping[int, Floats]

    def to_frame(self) -> Any:
        """Return a pandas frame, one row a draw: each parameter, then kg_per_d_<year> and peak_kg_per_h_<year>."""
        import pandas as pd

        columns = {parameter.id: self.values[:, n] for n, parameter in enumerate(self.parameters)}
        columns.update({f"kg_per_d_{year}": column for year, column in self.kg_per_d.items()})
        columns.update({f"peak_kg_per_h_{year}": column for year, column in self.peak_kg_per_h.items()})
        return pd.DataFrame(columns)

    def quantiles(self, period: int, *, at: Sequence[float] = (0.05, 0.5, 0.95)) -> tuple[float, ...]:
        """Return quantiles of kg/d in a period."""
        return tuple(float(value) for value in np.quantile(self.kg_per_d[period], at))


@dataclass(frozen=True, kw_only=True, eq=False)
class Lever:
    """Demand as a product of parameters, by class: what draws and tornado are computed from."""

    classes: tuple[str, ...]
    each_kg: Mapping[int, Floats]
    """kg/d of one running vehicle at base, times ramp and season, by period; shape (classes,)."""
    in_target: Mapping[int, Floats]
    beyond: Mapping[int, Floats]
    hours: Floats
    """Hour shares, shape (classes, 24)."""

    def kg_by_class(self, period: int, ratio: Mapping[str, Floats], active: Floats) -> Floats:
        """Kg/d by draw and class, shape (n, classes)."""
        vehicles = ratio[FLEET][:, None] * self.in_target[period] + self.beyond[period]
        kg: Floats = vehicles * self.each_kg[period] * active[:, None]
        for n, name in enumerate(self.classes):
            kg[:, n] *= ratio[f"{CONSUMPTION}:{name}"] * ratio[f"{WORK}:{name}"]
        return kg


def lever_of(demand: Demand, fleet: Fleet) -> Lever:
    """Sum the vehicles of a demand by class."""
    classes = tuple(sorted({row.vehicle_class for row in demand.rows}))
    at = {name: n for n, name in enumerate(classes)}
    in_target = {year: np.zeros(len(classes)) for year in fleet.periods}
    beyond = {year: np.zeros(len(classes)) for year in fleet.periods}
    for row in demand.rows:
        sums = in_target if row.counted == "in_target" else beyond
        for year, count in row.vehicles.items():
            sums[year][at[row.vehicle_class]] += count
    each = {
        year: np.array(
            [
                fleet.classes[name].nominal_kg_per_d().base * fleet.season_factor(name, year) * fleet.ramp[year]
                for name in classes
            ]
        )
        for year in fleet.periods
    }
    hours = np.array([fleet.profiles.hours[name] for name in classes]).reshape(-1, 24)
    return Lever(classes=classes, each_kg=each, in_target=in_target, beyond=beyond, hours=hours)


def parameters_of(fleet: Fleet, classes: Sequence[str], section: UncertaintySection) -> tuple[Parameter, ...]:
    """Return every uncertain parameter, by id.

    Raises:
        InputError: the scenario replaces the range of a parameter that is not there, or leaves its base outside.
    """
    ranges: dict[str, tuple[Range, str, str]] = {
        FLEET: (Range(section.fleet_low_share, 1.0, section.fleet_high_share), FLEET, ""),
        ACTIVE: (fleet.active, ACTIVE, ""),
        PEAK: (Range(section.peak_low_share, 1.0, section.peak_high_share), PEAK, ""),
    }
    for name in classes:
        vehicle = fleet.classes[name]
        if vehicle.kg_per_100_km.base > 0:
            ranges[f"kg_per_100_km:{name}"] = (vehicle.kg_per_100_km, CONSUMPTION, name)
            ranges[f"km_per_d:{name}"] = (vehicle.km_per_d, WORK, name)
        else:
            ranges[f"kg_per_h:{name}"] = (vehicle.kg_per_h, CONSUMPTION, name)
            ranges[f"h_per_d:{name}"] = (vehicle.h_per_d, WORK, name)
    faults = []
    for key, given in section.parameters.items():
        if key not in ranges:
            hint = f"there are: {', '.join(sorted(ranges))}"
            faults.append(Fault(where="uncertainty.parameters", column=key, message="is no parameter", hint=hint))
        elif not given.low <= ranges[key][0].base <= given.high:
            message = f"the base, {ranges[key][0].base:g}, lies outside {given.low:g} to {given.high:g}"
            faults.append(Fault(where="uncertainty.parameters", column=key, message=message))
    if faults:
        raise InputError(faults)
    return tuple(_parameter(key, *ranges[key], section) for key in sorted(ranges))


def _parameter(key: str, value: Range, kind: str, name: str, section: UncertaintySection) -> Parameter:
    given = section.parameters.get(key)
    if given is not None:
        value = Range(given.low, value.base, given.high)
    distribution = given.distribution if given is not None else section.distribution
    return Parameter(id=key, value=value, distribution=distribution, kind=kind, vehicle_class=name)


def draw(lever: Lever, parameters: Sequence[Parameter], section: UncertaintySection, *, n: int, seed: int) -> Draws:
    """Draw n times; the same seed gives the same draws.

    Raises:
        InputError: n below 1 or beyond a million.
    """
    if not 1 <= n <= MAX_DRAWS:
        raise InputError(f"draws must be 1 to {MAX_DRAWS:,}, got {n:,}", where="draws")
    uniform = hypercube(n, correlation(parameters, section), seed=seed)
    values = np.column_stack([quantile(uniform[:, k], parameter) for k, parameter in enumerate(parameters)])
    ratio, active = _ratios(parameters, values)
    kg, peak = {}, {}
    for year in lever.each_kg:
        by_class = lever.kg_by_class(year, ratio, active)
        kg[year] = by_class.sum(axis=1)
        peak[year] = (by_class @ lever.hours).max(axis=1) * ratio[PEAK]
    return Draws(seed=seed, parameters=tuple(parameters), values=values, kg_per_d=kg, peak_kg_per_h=peak)


def _ratios(parameters: Sequence[Parameter], values: Floats) -> tuple[dict[str, Floats], Floats]:
    """Return each parameter over its base, by kind and class, and the active share itself."""
    ratio: dict[str, Floats] = {}
    active = np.ones(len(values))
    for k, parameter in enumerate(parameters):
        if parameter.kind == ACTIVE:
            active = values[:, k]
            continue
        key = f"{parameter.kind}:{parameter.vehicle_class}" if parameter.vehicle_class else parameter.kind
        ratio[key] = values[:, k] / parameter.value.base
    return ratio, active


def correlation(parameters: Sequence[Parameter], section: UncertaintySection) -> Floats:
    """Return the rank correlation wanted: one figure among consumptions, one among distances, none elsewhere."""
    kinds = np.array([parameter.kind for parameter in parameters])
    wanted = np.eye(len(parameters))
    for kind, value in ((CONSUMPTION, section.consumption_correlation), (WORK, section.distance_correlation)):
        mine = np.flatnonzero(kinds == kind)
        wanted[np.ix_(mine, mine)] = value
    np.fill_diagonal(wanted, 1.0)
    return wanted


def hypercube(n: int, wanted: Floats, *, seed: int) -> Floats:
    """Return n points of a Latin hypercube in (0, 1) with the rank correlation wanted, shape (n, k).

    Each column has one point in each of n equal strata.
    """
    rng = np.random.default_rng(seed)
    k = len(wanted)
    strata = (np.arange(n)[:, None] + rng.random((n, k))) / n
    scores = np.column_stack([rng.permutation(ndtri((np.arange(n) + 1) / (n + 1))) for _ in range(k)])
    if n > 2 * k:
        scores = scores @ np.linalg.inv(np.linalg.cholesky(np.corrcoef(scores, rowvar=False))).T
    ranks = np.argsort(np.argsort(scores @ np.linalg.cholesky(wanted).T, axis=0, kind="stable"), axis=0)
    return np.take_along_axis(strata, ranks, axis=0)


def quantile(uniform: Floats, parameter: Parameter) -> Floats:
    """Turn points in (0, 1) into values of a parameter."""
    low, base, high = parameter.value.low, parameter.value.base, parameter.value.high
    if high <= low:
        return np.full_like(uniform, base)
    if parameter.distribution == "uniform":
        return low + uniform * (high - low)
    if parameter.distribution == "normal":
        sd = (high - low) / (2 * PERCENTILE_95)
        below, above = ndtr((low - base) / sd), ndtr((high - base) / sd)
        return np.asarray(np.clip(base + sd * ndtri(below + uniform * (above - below)), low, high), dtype=np.float64)
    turn = (base - low) / (high - low)
    rising = low + np.sqrt(uniform * (high - low) * (base - low))
    falling = high - np.sqrt((1 - uniform) * (high - low) * (high - base))
    return np.where(uniform < turn, rising, falling)


def tornado(lever: Lever, parameters: Sequence[Parameter], *, period: int) -> tuple[Bar, ...]:
    """Move each parameter alone from low to high; what moves kg/d most comes first, then by peak, then by id."""

    def at(which: Parameter | None, level: Level) -> tuple[float, float]:
        values = np.array([[p.value.at(level) if p is which else p.value.base for p in parameters]])
        ratio, active = _ratios(parameters, values)
        kg = lever.kg_by_class(period, ratio, active)
        return float(kg.sum()), float((kg @ lever.hours).max() * ratio[PEAK][0])

    base_kg, base_peak = at(None, "base")
    bars = []
    for parameter in parameters:
        (low_kg, low_peak), (high_kg, high_peak) = at(parameter, "low"), at(parameter, "high")
        bars.append(
            Bar(
                parameter=parameter.id,
                value=parameter.value,
                kg_per_d_low=low_kg,
                kg_per_d_high=high_kg,
                peak_kg_per_h_low=low_peak,
                peak_kg_per_h_high=high_peak,
                base_kg_per_d=base_kg,
                base_peak_kg_per_h=base_peak,
            )
        )
    bars.sort(key=lambda bar: (-bar.length_kg_per_d, -bar.length_peak_kg_per_h, bar.parameter))
    return tuple(bars)
