"""What a station costs in a year: annuity of the capital cost plus operation."""

from __future__ import annotations

from math import expm1, log1p

from h2plan.domain import StationSize


def annuity(rate: float, years: float) -> float:
    """Return the capital recovery factor r / (1 - (1 + r)^-n), 1/yr; 1 / n at a rate of zero.

    The factor turns a payment today into equal payments at the end of each of `years` years
    (E. L. Grant, W. G. Ireson, R. S. Leavenworth, Principles of Engineering Economy).

    Raises:
        ValueError: a negative rate, or a life that is not positive.
    """
    if rate < 0:
        raise ValueError(f"discount rate {rate} is negative")
    if years <= 0:
        raise ValueError(f"life of {years} years is not positive")
    if rate == 0:
        return 1 / years
    return -rate / expm1(-years * log1p(rate))  # expm1 and log1p keep their digits at tiny rates


def discounted_years(rate: float, *, first: int, start: int, end: int) -> float:
    """Return Σ (1 + r)^-(y - first) over the years y from `start` up to, not including, `end`: yr.

    A yearly cost of those years counts this often in the money of the year `first`.
    """
    return sum((1 + rate) ** (first - year) for year in range(start, end))


def lcoh_cny_per_kg(station_cost_cny_per_yr: float, supply_cost_cny_per_yr: float, *, kg_per_yr: float) -> float:
    """Return the levelised cost of hydrogen at the nozzle: all yearly costs of stations and supply by the kilogram.

    Capital is in the yearly costs by its annuity, so that at a constant yearly output the quotient is the levelised
    cost Σ cost_t (1 + r)^-t / Σ kg_t (1 + r)^-t (International Energy Agency and Nuclear Energy Agency, Projected
    Costs of Generating Electricity, for hydrogen in place of electricity).
    """
    return (station_cost_cny_per_yr + supply_cost_cny_per_yr) / kg_per_yr


def annual_station_cost_cny(size: StationSize, discount_rate: float) -> float:
    """Return what a new station of this size costs, CNY/yr: annuity of its capital cost plus operation, no land."""
    return size.capex_cny * annuity(discount_rate, size.life_yr) + size.opex_cny_per_yr
