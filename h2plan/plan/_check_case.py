"""The plan under check and the inputs saved with it, each table read once and only when a check asks for it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from h2plan.adoption import adopt
from h2plan.domain import Source, VehicleClass
from h2plan.errors import InputError
from h2plan.fields import PlugIn, Section
from h2plan.plan.files import INPUTS_FOLDER
from h2plan.plan.results import Allocation, DemandRow, Plan
from h2plan.project import CERTIFIED, Project, load
from h2plan.scenario import Scenario
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.row import Row
from h2plan.tables.rows import FleetShareRow, SourceRow, StationSizeRow, VehicleClassRow

TABLES = (".csv", ".geojson")
RowT = TypeVar("RowT", bound=Row)
SectionT = TypeVar("SectionT", bound=Section)
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A results folder, and the plan as it stands in one of its years.

    Every property that reads inputs raises InputError with the faults of the file.
    """

    folder: Path
    plan: Plan
    """As it stands in the year under check."""
    whole: Plan
    """As it was read, all years."""
    read: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)
    """What does not depend on the year and was worked out already, for all years of the plan."""

    @staticmethod
    def of(folder: Path, plan: Plan) -> tuple[Case, ...]:
        """The cases of a plan, one a year in order, that read every table once between them."""
        read: dict[Hashable, Any] = {}
        return tuple(Case(folder=folder, plan=plan.at(year), whole=plan, read=read) for year in plan.periods)

    def once(self, key: Hashable, make: Callable[[], ValueT]) -> ValueT:
        """Work something out for the first year that asks, and keep it for the others."""
        if key not in self.read:
            self.read[key] = make()
        return cast(ValueT, self.read[key])

    def in_year(self, year: int) -> Case:
        """The same plan as it stands in another of its years."""
        return Case(folder=self.folder, plan=self.whole.at(year), whole=self.whole, read=self.read)

    @property
    def several(self) -> bool:
        """Whether the plan has more than one year."""
        return len(self.whole.periods) > 1

    @property
    def inputs(self) -> Path:
        return self.folder / INPUTS_FOLDER

    @property
    def files(self) -> Mapping[str, Path]:
        """Path inside `inputs/` to the file, sorted."""
        return self.once("files", self._files)

    def _files(self) -> Mapping[str, Path]:
        found = (path for path in self.inputs.rglob("*") if path.is_symlink() or not path.is_dir())
        return {path.relative_to(self.inputs).as_posix(): path for path in sorted(found)}

    @property
    def project(self) -> Project:
        """The scenario among the inputs: the one file the plan names that is no table and of no earlier plan."""
        return self.once("project", self._project)

    def _project(self) -> Project:
        named = [name for name in self.files if name in self.plan.inputs and not name.endswith(TABLES)]
        names = [name for name in named if Path(name).name not in CERTIFIED]
        if len(names) != 1:
            raise InputError(f"one scenario file is needed, found {', '.join(names) or 'none'}", where=INPUTS_FOLDER)
        if not (self.inputs / "data").is_dir():
            raise InputError("there is no data/ in it", where=INPUTS_FOLDER)
        return load(self.files[names[0]])

    @property
    def scenario(self) -> Scenario:
        return self.project.scenario

    @cached_property
    def sizes(self) -> Mapping[str, StationSizeRow]:
        return {row.id: row for row in self.table(self.scenario.station_sizes, StationSizeRow)}

    @cached_property
    def classes(self) -> Mapping[str, VehicleClass]:
        return {row.id: row.to_vehicle_class() for row in self.table(self.scenario.fleet.vehicles, VehicleClassRow)}

    @cached_property
    def mix(self) -> list[FleetShareRow]:
        """The mix of the plan's year: on the straight line between the years of the table."""
        rows = self.table(self.scenario.fleet.mix, FleetShareRow)
        years = sorted({row.period for row in rows if row.period is not None})
        if not years:
            return rows
        before = max((year for year in years if year <= self.plan.period), default=years[0])
        after = min((year for year in years if year > self.plan.period), default=years[-1])
        part = (self.plan.period - before) / (after - before) if after > before else 0.0
        weights = {before: 1 - part, after: part} if after > before else {before: 1.0}
        return [
            row.model_copy(update={"share": row.share * weights[row.period]}) for row in rows if row.period in weights
        ]

    @cached_property
    def fleet_total(self) -> float:
        """Vehicles of the plan's year: the target, or what the adoption curve gives."""
        if self.scenario.adoption is None:
            return self.scenario.targets.fcev.get(self.plan.period, 0.0)
        periods = {figure.period: float(figure.vehicles) for figure in adopt(self.scenario)}
        return periods.get(self.plan.period, 0.0)

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Hydrogen sources with a position."""
        supply = self.scenario.supply
        rows = self.table(supply.sources, SourceRow, in_region=True, crs=supply.crs) if supply is not None else []
        return tuple(row.to_source() for row in rows if row.is_placed)

    @cached_property
    def demand(self) -> Mapping[str, DemandRow]:
        return {row.id: row for row in self.plan.demand}

    @cached_property
    def given(self) -> Mapping[str, tuple[Allocation, ...]]:
        """Site id to what is dispensed there."""
        found: dict[str, list[Allocation]] = {}
        for row in self.plan.allocations:
            found.setdefault(row.site_id, []).append(row)
        return {site: tuple(rows) for site, rows in found.items()}

    def table(self, relative: str, row_type: type[RowT], *, in_region: bool = False, crs: str = "wgs84") -> list[RowT]:
        """Read a table of the saved inputs, written in a datum."""

        def read() -> list[RowT]:
            path = self.project.path(relative, where="inputs")
            region = region_of(self.scenario.region) if in_region else None
            return read_table(path, row_type, root=self.project.root, region=region, crs=crs)

        return self.once((relative, row_type, in_region, crs), read)


def read_options(section: type[SectionT], entry: PlugIn, *, where: str) -> SectionT:
    """Read the options of a plug-in anew, without the plug-in."""
    options: dict[str, Any] = entry.options
    try:
        return section.model_validate(options)
    except ValidationError as error:
        raise InputError(str(error.errors(include_url=False)[0]["msg"]), where=f"{where} {entry.use}") from None
