"""How many fuel-cell vehicles are registered in each period: known years kept exactly, monotone in between.

Shapes: a table by monotone cubic interpolation (Fritsch and Carlson, SIAM J. Numer. Anal. 17, 1980), the logistic
curve (Verhulst 1838), and the diffusion curve of Bass (Management Science 15, 1969). A curve is bent to the known
years: between two of them the fleet follows the curve, scaled so that both are met; outside, it is scaled by the factor
of the nearest one.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from h2plan.domain import labelled
from h2plan.errors import Fault, InputError
from h2plan.scenario import AdoptionSection, Scenario

Curve = Callable[[float], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionFigure:
    """The fleet of one period and how it was found."""

    period: int = labelled("年份", "year")
    vehicles: int = labelled("车辆数", "vehicles", "veh")
    target: float | None = labelled("目标", "target", "veh")
    is_draft: bool = labelled("目标为征求意见稿", "target is a draft")
    curve: str = labelled("推广曲线", "curve")
    factor: float | None = labelled("校准系数", "calibration factor")
    """Vehicles over what the bare curve gives; blank for a table."""
    where: str = labelled("与已知年份的关系", "against the known years", default="")
    missed: float = labelled("未达目标", "short of the target", "veh", default=0.0)

    @property
    def sentence(self) -> str:
        """Say in words what the number rests on."""
        if self.target is not None and self.missed == 0:
            return f"target of {self.period}{' (a draft, not adopted)' if self.is_draft else ''}"
        how = f"{self.curve} curve" + (f", calibration factor {self.factor:.3g}" if self.factor is not None else "")
        short = f"; {self.missed:,.0f} short of the target of {self.target:,.0f}" if self.target is not None else ""
        return f"{how}, {self.where}{short}"


def adopt(scenario: Scenario) -> tuple[AdoptionFigure, ...]:
    """Return the fleet of each period, whole vehicles.

    Raises:
        InputError: a target below the standing fleet, a fleet that shrinks, no known year.
    """
    section, targets = scenario.adoption, scenario.targets
    _refuse_shrinking(targets.standing, targets.fcev)
    if section is None:
        return tuple(_as_targeted(scenario, period) for period in scenario.periods)
    known = dict(targets.standing)
    if section.calibrate == "targets":
        known.update(targets.fcev)
    points = sorted((float(year), float(value)) for year, value in known.items())
    if not points:
        raise InputError("no year is known: give targets.fcev or targets.standing", where="adoption")
    return tuple(_figure(scenario, section, points, period) for period in scenario.periods)


def fcev(scenario: Scenario, period: int) -> int:
    """Return the fleet of one period."""
    return next(figure.vehicles for figure in adopt(scenario) if figure.period == period)


def _as_targeted(scenario: Scenario, period: int) -> AdoptionFigure:
    target = scenario.targets.fcev[period]
    return AdoptionFigure(
        period=period,
        vehicles=_whole(target),
        target=target,
        is_draft=period in scenario.targets.draft,
        curve="target",
        factor=None,
    )


def _whole(value: float) -> int:
    if value != round(value):
        raise InputError(f"{value:g} is no whole number of vehicles", where="targets.fcev")
    return round(value)


def _figure(
    scenario: Scenario, section: AdoptionSection, points: Sequence[tuple[float, float]], period: int
) -> AdoptionFigure:
    target = scenario.targets.fcev.get(period)
    at_known = dict(points).get(float(period))
    if section.curve == "table":
        value, factor = monotone(points, float(period)), None
    else:
        bare = curve_of(section)
        value = bent(points, bare, float(period))
        factor = value / bare(period) if bare(period) > 0 else None
    vehicles = _whole(at_known) if at_known is not None else round(value)
    return AdoptionFigure(
        period=period,
        vehicles=vehicles,
        target=target,
        is_draft=period in scenario.targets.draft,
        curve=section.curve,
        factor=factor,
        where="between known years" if points[0][0] <= period <= points[-1][0] else "beyond the known years",
        missed=max(0.0, target - vehicles) if target is not None else 0.0,
    )


def _refuse_shrinking(standing: Mapping[int, float], targets: Mapping[int, float]) -> None:
    faults = [
        Fault(
            where="targets.fcev",
            column=str(year),
            value=f"{value:g}",
            message=f"{value:g} vehicles are fewer than the {stood:g} that stood in {before}",
            hint="raise the target or correct targets.standing",
        )
        for year, value in sorted(targets.items())
        for before, stood in sorted(standing.items())
        if before <= year and stood > value
    ]
    if faults:
        raise InputError(faults)


def curve_of(section: AdoptionSection) -> Curve:
    """Return the bare curve of a section: vehicles by year."""
    top = section.saturation or 0.0
    if section.curve == "logistic":
        middle, rate = section.midpoint_yr or 0.0, section.rate_per_yr or 0.0
        return lambda year: top / (1.0 + math.exp(min(700.0, -rate * (year - middle))))
    begin, p, q = section.begin_yr or 0.0, section.innovation_per_yr or 0.0, section.imitation_per_yr or 0.0
    return lambda year: top * bass_share(year - begin, innovation_per_yr=p, imitation_per_yr=q)


def bass_share(years: float, *, innovation_per_yr: float, imitation_per_yr: float) -> float:
    """Return the adopted share F(t) = (1 - exp(-(p+q) t)) / (1 + q/p exp(-(p+q) t)) of Bass (1969), equation 9."""
    if years <= 0:
        return 0.0
    fade = math.exp(-(innovation_per_yr + imitation_per_yr) * years)
    return (1 - fade) / (1 + imitation_per_yr / innovation_per_yr * fade)


def bent(points: Sequence[tuple[float, float]], curve: Curve, year: float) -> float:
    """Follow the curve through the known points; it stays monotone where the points are.

    Raises:
        InputError: the curve is flat where the fleet is known to grow.
    """
    years = [known for known, _ in points]
    after = bisect_right(years, year)
    if after in (0, len(points)):
        at, value = points[0] if after == 0 else points[-1]
        if curve(at) <= 0:
            raise InputError(f"the curve has no vehicles yet in {at:g}, where {value:g} are known", where="adoption")
        return value * curve(year) / curve(at)
    (start, low), (end, high) = points[after - 1], points[after]
    rise = curve(end) - curve(start)
    if rise <= 0:
        raise InputError(f"the curve does not rise between {start:g} and {end:g}", where="adoption")
    return low + (high - low) * (curve(year) - curve(start)) / rise


def monotone(points: Sequence[tuple[float, float]], year: float) -> float:
    """Interpolate by the monotone cubic of Fritsch and Carlson (1980); outside the points the end value holds."""
    years, values = [known for known, _ in points], [value for _, value in points]
    after = bisect_right(years, year)
    if after == 0:
        return values[0]
    if after == len(points):
        return values[-1]
    slopes = _slopes(years, values)
    width = years[after] - years[after - 1]
    t = (year - years[after - 1]) / width
    rest = 1 - t
    return (
        (1 + 2 * t) * rest**2 * values[after - 1]
        + t * rest**2 * width * slopes[after - 1]
        + t**2 * (3 - 2 * t) * values[after]
        - t**2 * rest * width * slopes[after]
    )


def _slopes(years: Sequence[float], values: Sequence[float]) -> list[float]:
    """Slopes at the points: the harmonic mean of the two secants, 0 where they differ in sign (Fritsch-Butland)."""
    secants = [(values[n + 1] - values[n]) / (years[n + 1] - years[n]) for n in range(len(years) - 1)]
    inner = [2 * a * b / (a + b) if a * b > 0 else 0.0 for a, b in pairwise(secants)]
    return [secants[0], *inner, secants[-1]]
