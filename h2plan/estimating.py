"""The demand of a scenario as one frozen value: each kilogram with what it rests on, sums, hours, months, ranges."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal

import numpy as np

from h2plan.adoption import AdoptionFigure
from h2plan.contracts import captive, check_contracts
from h2plan.demand import _draws, _gather
from h2plan.demand._assumptions import collect
from h2plan.demand._draws import Bar, Draws
from h2plan.demand._fleet import Fleet
from h2plan.demand._gravity import FIT
from h2plan.demand._plausible import CHECK
from h2plan.domain import Assumption, Demand, DemandPoint, Flow, LedgerRow, Range, labelled
from h2plan.errors import InputError
from h2plan.project import Project
from h2plan.sites import _gather as sites_gather
from h2plan.tables.read import read_table
from h2plan.tables.rows import TargetRow
from h2plan.throughput import DispenserRow, dispenser_table

NATIONAL_KG_PER_VEHICLE_D = 2.4
"""China's demonstration fleets: over 20,000 t in about 3 years with about 7,500 vehicles on average (computed)."""
WAITING_TARGET_MIN = 5.0
"""Mean waiting time in the peak hour that dispensers are tabulated for (h2plan assumption, unverified)."""
STATION_PEAKS = (25.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 400.0)
"""Peak loads of a station, kg/h, that dispensers are tabulated for."""
SUMS = (
    "vehicles",
    "kg_per_d_low",
    "kg_per_d_base",
    "kg_per_d_high",
    "peak_kg_per_h_low",
    "peak_kg_per_h_base",
    "peak_kg_per_h_high",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A figure from outside that demand can be held against."""

    name: str = labelled("参照名称", "anchor")
    kg_per_d: float = labelled("日加氢量", "hydrogen", "kg/d")
    note: str = labelled("说明", "note")


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Demand and everything it rests on. Kilograms are those of an average operating day of the sizing month."""

    project: Project
    demand: Demand
    fleet: Fleet

    @property
    def periods(self) -> tuple[int, ...]:
        return self.fleet.periods

    @property
    def adoption(self) -> tuple[AdoptionFigure, ...]:
        return self.fleet.adoption

    @property
    def class_names(self) -> Mapping[str, tuple[str, str]]:
        """Vehicle class to its Chinese and English name."""
        return {name: (vehicle.name, vehicle.name_en) for name, vehicle in self.fleet.classes.items()}

    @cached_property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Return every number behind demand that no published source confirms."""
        return collect(self.project, self.fleet, self.demand)

    @cached_property
    def published(self) -> tuple[TargetRow, ...]:
        """Published targets, adopted or draft, that demand can be held against."""
        table = self.project.scenario.targets.table
        if table is None:
            return ()
        return tuple(read_table(self.project.path(table, where="targets.table"), TargetRow, root=self.project.root))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that ask the reader to look again."""
        return tuple(note for note in self.demand.notes if note.startswith(CHECK))

    @property
    def fits(self) -> tuple[str, ...]:
        """Sentences on how matrices of trips were balanced and calibrated."""
        return tuple(note for note in self.demand.notes if note.startswith(FIT))

    @cached_property
    def ledger(self) -> tuple[LedgerRow, ...]:
        """One row for each demand row and period, sorted by id and period; they add up to the totals."""
        names = {end.id: end for end in self.demand.terminals}
        rows: list[LedgerRow] = []
        for row in self.demand.rows:
            told = _of_point(row) if isinstance(row, DemandPoint) else _of_flow(row, names)
            rows.extend(self._entry(row, period, told) for period in self.periods)
        return tuple(rows)

    def _entry(self, row: DemandPoint | Flow, period: int, told: Mapping[str, Any]) -> LedgerRow:
        name, kg = row.vehicle_class, row.kg_per_d[period]
        spread = self.project.scenario.uncertainty
        share = self.fleet.profiles.peak_share(name)
        return LedgerRow(
            demand_id=row.id,
            vehicle_class=name,
            pressure_mpa=self.fleet.classes[name].pressure_mpa,
            period=period,
            vehicles=row.vehicles[period],
            kg_per_d=kg,
            peak_kg_per_h=kg.times(Range(share * spread.peak_low_share, share, share * spread.peak_high_share)),
            status=row.status,
            counted=row.counted,
            assumption=row.assumption,
            source=row.source,
            verified=row.verified,
            **told,
        )

    def total(self, period: int) -> Range:
        """All hydrogen of a period, kg/d; low and high let consumption, daily work and active share be so at once.

        The number of vehicles is that of the adoption curve in all three; `draws` and `tornado` let it vary too.
        """
        self._check(period)
        kg = [row.kg_per_d[period] for row in self.demand.rows]
        return Range(*(math.fsum(one.at(level) for one in kg) for level in ("low", "base", "high")))

    def hourly(self, period: int, *, level: Literal["low", "base", "high"] = "base") -> Mapping[str, tuple[float, ...]]:
        """Vehicle class to kg in each of the 24 hours."""
        kg = self._by_class(period, level)
        return {name: tuple(kg[name] * share for share in self.fleet.profiles.hours[name]) for name in kg}

    def peak_kg_per_h(self, period: int) -> Range:
        """Busiest hour of the whole city: classes that peak at different hours do not add up."""
        spread = self.project.scenario.uncertainty
        found = []
        for level, factor in (("low", spread.peak_low_share), ("base", 1.0), ("high", spread.peak_high_share)):
            by_class = self.hourly(period, level=level).values()  # type: ignore[arg-type]
            found.append(factor * max((math.fsum(hour) for hour in zip(*by_class, strict=True)), default=0.0))
        return Range(*found)

    def monthly(self, period: int) -> Mapping[int, float]:
        """Month (1 to 12) to kg/d of the base case."""
        kg, fleet = self._by_class(period, "base"), self.fleet
        mean = {name: value / fleet.season_factor(name, period) for name, value in kg.items()}
        return {
            month: math.fsum(value * fleet.profiles.months[name][month - 1] for name, value in mean.items())
            for month in range(1, 13)
        }

    def _by_class(self, period: int, level: Literal["low", "base", "high"]) -> Mapping[str, float]:
        self._check(period)
        found: dict[str, list[float]] = {}
        for row in self.demand.rows:
            found.setdefault(row.vehicle_class, []).append(row.kg_per_d[period].at(level))
        return {name: math.fsum(values) for name, values in sorted(found.items())}

    def dispensers(
        self, period: int, *, target_min: float = WAITING_TARGET_MIN, peaks_kg_per_h: Sequence[float] = STATION_PEAKS
    ) -> tuple[DispenserRow, ...]:
        """Return the dispensers that a station needs at each peak load (Erlang C), 35 and 70 MPa apart.

        Fills are those of the classes that drive, mixed as in the demand of the period; what works by the hour fills
        in its own yard or at its own quay, and a class whose minutes a fill are blank is left out.

        Raises:
            InputError: an unknown period, a waiting target of 0 minutes or less, a peak beyond 200 dispensers.
        """
        kg = self._by_class(period, "base")
        found: list[DispenserRow] = []
        for pressure in sorted({vehicle.pressure_mpa for vehicle in self.fleet.classes.values()}):
            fills = [
                (kg[name] / vehicle.kg_per_fill, vehicle.kg_per_fill, vehicle.fill_min)
                for name, vehicle in self.fleet.classes.items()
                if vehicle.pressure_mpa == pressure and vehicle.km_per_d.base > 0 and vehicle.fill_min
                if kg.get(name, 0.0) > 0
            ]
            if fills:
                total = math.fsum(number for number, _, _ in fills)
                found += dispenser_table(
                    peaks_kg_per_h,
                    pressure_mpa=pressure,
                    kg_per_fill=math.fsum(number * each for number, each, _ in fills) / total,
                    fill_min=math.fsum(number * minutes for number, _, minutes in fills) / total,
                    target_min=target_min,
                )
        return tuple(found)

    def signed_kg_per_d(self, period: int) -> float:
        """Return the part of the base case that is under contract, kg/d, vehicles without a known depot included."""
        self._check(period)
        placed = [row.kg_per_d[period].base for row in self.demand.rows if row.status == "signed"]
        elsewhere = [
            entry.vehicles[period] * self.fleet.kg_per_vehicle_d(entry.row.vehicle_class, period).base
            for entry in self.fleet.unplaced
            if entry.row.status == "signed"
        ]
        return math.fsum((*placed, *elsewhere))

    def anchors(self, period: int) -> tuple[Anchor, ...]:
        """Figures to hold the total against: the national fleets below, a fleet that all runs above."""
        vehicles = self.fleet.total(period)
        each = self.fleet.classes
        nominal = math.fsum(
            count * each[name].nominal_kg_per_d().base for (_, name), count in self.fleet.vehicles[period].items()
        )
        return (
            Anchor(
                name="national_demonstration",
                kg_per_d=NATIONAL_KG_PER_VEHICLE_D * vehicles,
                note="2.4 kg and 36 km per registered vehicle and day: 20,000 t and 300 million km over about 3 years "
                "and 7,500 vehicles on average (CCTV, October 2024, in a copy; years and mean fleet assumed)",
            ),
            Anchor(
                name="all_run",
                kg_per_d=nominal,
                note="every registered vehicle runs its base kilometres every day: an upper anchor",
            ),
        )

    def to_frame(self) -> Any:
        """Return the ledger as a pandas frame: one row a demand row and period, ranges in three columns each."""
        import pandas as pd

        return pd.DataFrame([_flat(row) for row in self.ledger])

    def by(self, *columns: str) -> Any:
        """Return sums by columns of the ledger and by period, as a pandas frame.

        Peaks are added up class by class; `peak_kg_per_h` tells the coincident one.

        Raises:
            InputError: a column that the ledger does not have.
        """
        names = [entry.name for entry in fields(LedgerRow)]
        unknown = [column for column in columns if column not in names]
        if unknown:
            raise InputError(f"no column {', '.join(unknown)}; there are: {', '.join(names)}", where="by")
        keys = [*dict.fromkeys((*columns, "period"))]
        return self.to_frame().groupby(keys, sort=True, as_index=False)[list(SUMS)].sum()

    @cached_property
    def _lever(self) -> _draws.Lever:
        return _draws.lever_of(self.demand, self.fleet)

    @cached_property
    def parameters(self) -> tuple[_draws.Parameter, ...]:
        """Every uncertain parameter with its range and distribution."""
        return _draws.parameters_of(self.fleet, self._lever.classes, self.project.scenario.uncertainty)

    def draws(self, n: int, seed: int) -> Draws:
        """Draw n sets of parameters (Latin hypercube, rank correlated) and the demand of each; seeds repeat.

        Raises:
            InputError: n below 1 or beyond a million.
        """
        return _draws.draw(self._lever, self.parameters, self.project.scenario.uncertainty, n=n, seed=seed)

    def tornado(self, period: int) -> tuple[Bar, ...]:
        """Return what each parameter alone does to kg/d and to the peak hour, the longest bar first."""
        self._check(period)
        return _draws.tornado(self._lever, self.parameters, period=period)

    def _check(self, period: int) -> None:
        if period not in self.periods:
            raise InputError(f"{period} is no period of this scenario; there are: {self.periods}", where="period")


def estimate(project: Project) -> Estimate:
    """Read the demand of a scenario, of one period or several.

    Raises:
        InputError: any fault of the tables that demand needs.
    """
    demand, fleet = _gather.gather(project)
    operators = any(entry.row.station_id for entry in (*fleet.operated, *fleet.unplaced))
    if operators or any(point.station_id for point in demand.points):
        sites = sites_gather.gather(project)
        known = {site.id for site in sites.sites} | {row.id for row in sites.unplaced}
        check_contracts(fleet, known=known, where=project.scenario.fleet.operators or "fleet.operators")
        captive(demand.points, known=known)
    found = Estimate(project=project, demand=demand, fleet=fleet)
    assert np.isfinite([found.total(period).high for period in found.periods]).all()
    return found


def _of_point(row: DemandPoint) -> Mapping[str, Any]:
    return {
        "use": row.kind,
        "role": "base",
        "name": row.name,
        "name_en": row.name_en,
        "district": row.district,
        "lon": row.lon,
        "lat": row.lat,
        "origin": "",
        "destination": "",
        "operator": row.operator,
        "station_id": row.station_id,
    }


def _of_flow(row: Flow, names: Mapping[str, Any]) -> Mapping[str, Any]:
    start, end = names[row.origin], names[row.destination]
    return {
        "use": row.id.partition(":")[0],
        "role": "through" if row.through else "flow",
        "name": f"{start.name} — {end.name}",
        "name_en": f"{start.name_en or start.name} – {end.name_en or end.name}",
        "district": "",
        "lon": None,
        "lat": None,
        "origin": row.origin,
        "destination": row.destination,
        "operator": "",
        "station_id": "",
    }


def _flat(row: LedgerRow) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for entry in fields(LedgerRow):
        value = getattr(row, entry.name)
        if isinstance(value, Range):
            flat.update({f"{entry.name}_{level}": getattr(value, level) for level in ("low", "base", "high")})
        else:
            flat[entry.name] = value
    return flat
