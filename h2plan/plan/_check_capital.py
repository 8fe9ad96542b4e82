"""What new stations cost, computed anew year by year: opening, upgrades and their premium, retrofit, annuities."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding, equal, holds
from h2plan.plan._check_places import Places, read_places
from h2plan.plan._check_pressure import equipment_table, keeps_pressure
from h2plan.plan.results import Plan, Station
from h2plan.tables.rows import StationSizeRow

BUILT = "built"
"""Size of a station that stands as it did before the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capital:
    """What the new station of a site has cost up to a year."""

    opens: int
    opened_size: str
    size: str
    spent_cny: float
    """In the year itself."""
    capex_cny: float
    """Up to the year."""
    annual_cny_per_yr: float
    fitted_yr: int | None
    """The first year in which the plan says that it gives 70 MPa."""
    fit_cny: float
    """Capital of 70 MPa up to the year; part of `capex_cny`."""


def capital(case: Case) -> Mapping[str, Capital]:
    """Site to what its new station has cost up to the year of the case. Sizes that no table knows are left out."""
    return _by_year(case)[case.plan.period]


def _by_year(case: Case) -> Mapping[int, Mapping[str, Capital]]:
    return case.once("capital", lambda: _add_up(case))


def spent_in(case: Case, year: int) -> float:
    """New capital of one year."""
    return math.fsum(of.spent_cny for of in _by_year(case)[year].values())


def spent_until(case: Case) -> float:
    """New capital up to and including the year of the case."""
    return math.fsum(spent_in(case, year) for year in case.whole.periods if year <= case.plan.period)


def _add_up(case: Case) -> Mapping[int, Mapping[str, Capital]]:
    found: dict[int, Mapping[str, Capital]] = {}
    before: Mapping[str, Capital] = {}
    for year in case.whole.periods:
        before = {
            station.site_id: _one(case, station, before.get(station.site_id), year=year)
            for station in case.whole.at(year).stations
            if station.size_id in case.sizes
        }
        found[year] = before
    return found


def new_stations(plan: Plan) -> list[Station]:
    """Stations that did not stand before the plan."""
    return [station for station in plan.stations if not station.built]


def extended(plan: Plan) -> list[Station]:
    """Stations that stood before the plan and have another size by now."""
    return [station for station in plan.stations if station.built and station.size_id != BUILT]


def stood_kg_per_d(case: Case, name: str) -> float:
    """Return the capacity of a standing station before the plan, by its table; 0 where none stands."""
    rows = _places(case).rows.get(name)
    return (rows[0].built_kg_per_d or 0.0) if rows else 0.0


def _grown(case: Case, station: Station, before: Capital | None, *, year: int) -> Capital:
    """Growing from what stood costs (1 + premium) times the difference to what that is worth between the sizes."""
    name, size = station.site_id, case.sizes[station.size_id]
    premium, part = case.scenario.phased.upgrade_premium_share, build_share(case, name)
    stood = stood_kg_per_d(case, name)

    def of_stood(worth: Callable[[StationSizeRow], float]) -> float:
        return _between({0.0: 0.0, **{row.capacity_kg_per_d: worth(row) for row in case.sizes.values()}}, stood)

    had = of_stood(_capex_cny) if before is None else case.sizes[before.size].capex_cny
    spent = (1 + premium) * part * max(0.0, size.capex_cny - had)
    running = size.opex_cny_per_yr - of_stood(lambda row: row.opex_cny_per_yr)
    more = _annuity(case, size) - of_stood(lambda row: _annuity(case, row))
    return Capital(
        opens=year,
        opened_size=BUILT,
        size=size.id,
        spent_cny=spent,
        capex_cny=spent + (0.0 if before is None else before.capex_cny),
        annual_cny_per_yr=(1 + premium) * part * more + running,
        fitted_yr=None,
        fit_cny=0.0,
    )


def _capex_cny(row: StationSizeRow) -> float:
    return row.capex_cny


def _between(known: Mapping[float, float], at: float) -> float:
    """Return the value on the straight lines between known points; beyond the last one its own."""
    below = max(kg for kg in known if kg <= at)
    above = min((kg for kg in known if kg > at), default=below)
    share = (at - below) / (above - below) if above > below else 0.0
    return known[below] + share * (known[above] - known[below])


def _one(case: Case, station: Station, before: Capital | None, *, year: int) -> Capital:
    """Opening costs the size's capital; growing costs (1 + premium) times the difference; shrinking gives nothing."""
    if station.built:
        return _grown(case, station, before, year=year)
    name, size = station.site_id, case.sizes[station.size_id]
    premium = case.scenario.phased.upgrade_premium_share
    part = build_share(case, name)
    opened = size if before is None else case.sizes[before.opened_size]
    if before is None:
        spent = part * size.capex_cny
    else:
        spent = (1 + premium) * part * max(0.0, size.capex_cny - case.sizes[before.size].capex_cny)
    land = _land_cny_per_yr(case, name)
    fit, fit_cny_per_yr = _fit(case, station, year)
    more = 0.0 if fit == 0.0 else fit - (0.0 if before is None else before.fit_cny)
    since = None if before is None else before.fitted_yr
    return Capital(
        opens=year if before is None else before.opens,
        opened_size=opened.id,
        size=size.id,
        spent_cny=spent + more,
        capex_cny=spent + more + (0.0 if before is None else before.capex_cny),
        annual_cny_per_yr=part * ((1 + premium) * _annuity(case, size) - premium * _annuity(case, opened))
        + size.opex_cny_per_yr
        + land
        + fit_cny_per_yr,
        fitted_yr=since if since is not None or not _is_fitted(case, name, year) else year,
        fit_cny=fit,
    )


def _is_fitted(case: Case, name: str, year: int) -> bool:
    told = case.whole.at(year).equipment
    return keeps_pressure(case) and any(row.site_id == name and row.at_70_mpa is True for row in told)


def _fit(case: Case, station: Station, year: int) -> tuple[float, float]:
    """Capital of 70 MPa and its annuity and operation a year, where the plan says that a new station is fitted."""
    of = equipment_table(case).get(station.size_id)
    if of is None or of.fit_70_capex_cny is None or not _is_fitted(case, station.site_id, year):
        return 0.0, 0.0
    rate, life = case.scenario.finance.discount_rate, case.sizes[station.size_id].life_yr
    factor = rate / (1 - (1 + rate) ** -life) if rate > 0 else 1 / life
    return of.fit_70_capex_cny, of.fit_70_capex_cny * factor + (of.fit_70_opex_cny_per_yr or 0.0)


def _annuity(case: Case, size: StationSizeRow) -> float:
    """Capital spread by the capital recovery factor r / (1 - (1 + r)^-n)."""
    rate = case.scenario.finance.discount_rate
    return size.capex_cny * (rate / (1 - (1 + rate) ** -size.life_yr) if rate > 0 else 1 / size.life_yr)


def build_share(case: Case, name: str) -> float:
    """What a station costs at a site as a share of its size's capital cost, by the kind of its host."""
    rows = _places(case).rows.get(name)
    shares: Mapping[str, float] = {str(kind): share for kind, share in case.scenario.finance.build_share.items()}
    return shares.get(rows[0].kind, 1.0) if rows else 1.0


def _places(case: Case) -> Places:
    return read_places(case, [verdict.site_id for verdict in case.whole.verdicts])


def _land_cny_per_yr(case: Case, name: str) -> float:
    rows = _places(case).rows.get(name)
    return rows[0].land_cny_per_yr if rows else 0.0


def usable_kg_per_d(case: Case, station: Station) -> float:
    """What of a station's capacity may be planned for: its parts by their age, less outages, up to the limit.

    What was added last goes first where a station shrinks.
    """
    years, limit = case.scenario.phased, case.scenario.limits.utilisation_max
    running = 1 - years.outage_share
    stood = stood_kg_per_d(case, station.site_id) if station.built else 0.0
    if station.built and station.size_id == BUILT:
        return limit * running * station.capacity_kg_per_d
    layers: list[tuple[int, float]] = []
    for year in (year for year in case.whole.periods if year <= case.plan.period):
        stands = {other.site_id: other.capacity_kg_per_d - stood for other in case.whole.at(year).stations}
        layers = _layered(layers, stands.get(station.site_id, 0.0), year)
    by_age = years.usable_share_by_age
    added = sum(by_age[min(case.plan.period - year, len(by_age) - 1)] * kg for year, kg in layers)
    return limit * running * (stood + added)


def all_usable_kg_per_d(case: Case) -> dict[str, float]:
    """The same of every station, by site."""
    return {station.site_id: usable_kg_per_d(case, station) for station in case.plan.stations}


def _layered(layers: list[tuple[int, float]], stands_kg: float, year: int) -> list[tuple[int, float]]:
    """Parts of a capacity by the year in which each was added."""
    kept: list[tuple[int, float]] = []
    for since, kg in layers:
        part = min(kg, stands_kg - sum(other for _, other in kept))
        if part > 0:
            kept.append((since, part))
    more = stands_kg - sum(kg for _, kg in kept)
    return [*kept, (year, more)] if more > 0 else kept


def stations_cost(case: Case) -> Iterator[Finding]:
    """Capital and yearly cost of each station are what its opening and upgrades come to; what stands costs nothing."""
    worked_out = capital(case)
    for station in case.plan.stations:
        name, of = station.site_id, worked_out.get(station.site_id)
        yield holds(f"{name}: a size of the table or built", station.built or of is not None)
        yield equal(f"{name}: capex_cny", station.capex_cny, 0.0 if of is None else of.capex_cny)
        annual = 0.0 if of is None else of.annual_cny_per_yr
        yield equal(f"{name}: annual_cost_cny_per_yr", station.annual_cost_cny_per_yr, annual)
