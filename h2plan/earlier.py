"""An earlier plan that passed its re-check, as far as a new one builds on it: which stations stood in which year."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from h2plan.errors import Fault, InputError, VerificationError
from h2plan.project import CERTIFICATE_FILE, PLAN_FILE, sha256

AS_BUILT = "built"
"""Size id of a station that stands as it did before the plan."""


class _Station(BaseModel):
    model_config = ConfigDict(strict=True)

    site_id: str
    size_id: str
    capacity_kg_per_d: float
    built: bool


class _Equipment(BaseModel):
    model_config = ConfigDict(strict=True)

    site_id: str
    at_70_mpa: bool | None = None


class _Year(BaseModel):
    model_config = ConfigDict(strict=True)

    period: int
    stations: list[_Station]
    equipment: list[_Equipment] = []


class _Plan(_Year):
    city: str
    scenario: str
    earlier: list[_Year]


@dataclass(frozen=True, kw_only=True)
class EarlierPlan:
    """The new stations of a plan made earlier, and those that stood before and were extended."""

    scenario: str
    city: str
    stands: Mapping[int, Mapping[str, str]]
    """Year to what was built until then, rising: site id to size id."""
    capacity_kg_per_d: Mapping[str, float]
    """By size id, as the plan knew it."""
    at_70_mpa: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """Year to the new stations that fill at 70 MPa; empty where the plan sets pressure aside."""

    def at(self, period: int) -> Mapping[str, str]:
        """Return what stands in a period: what stood in the last year of the plan up to it; nothing before."""
        before = [year for year in self.stands if year <= period]
        return self.stands[max(before)] if before else {}

    def fitted_at(self, period: int) -> frozenset[str] | None:
        """Return which new stations fill at 70 MPa in a period; None where the plan sets pressure aside."""
        if not self.at_70_mpa:
            return None
        before = [year for year in self.at_70_mpa if year <= period]
        return self.at_70_mpa[max(before)] if before else frozenset()


def read_earlier(folder: Path) -> EarlierPlan:
    """Read the stations of a results folder. What else a plan holds may be in the format of another version.

    Raises:
        InputError: there is no plan.json, or it tells no stations by year.
        VerificationError: no certificate says that this very plan.json passed.
    """
    file = folder / PLAN_FILE
    if not file.is_file():
        raise InputError(f"there is no {PLAN_FILE} here; give a results folder", where=str(folder))
    refuse_uncertified(folder)
    try:
        plan = _Plan.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        message = f"is no plan whose stations can be read: {str(error).splitlines()[0]}"
        raise InputError(Fault(where=str(file), message=message)) from None
    years = sorted([*plan.earlier, plan], key=lambda year: year.period)
    new = {year.period: [station for station in year.stations if station.size_id != AS_BUILT] for year in years}
    return EarlierPlan(
        scenario=plan.scenario,
        city=plan.city,
        stands={year: {row.site_id: row.size_id for row in rows} for year, rows in new.items()},
        capacity_kg_per_d={row.size_id: row.capacity_kg_per_d for rows in new.values() for row in rows},
        at_70_mpa=_fitted(years),
    )


def _fitted(years: Sequence[_Year]) -> dict[int, frozenset[str]]:
    if all(row.at_70_mpa is None for year in years for row in year.equipment):
        return {}
    gives = {year.period: {row.site_id for row in year.equipment if row.at_70_mpa} for year in years}
    built = {station.site_id for year in years for station in year.stations if station.built}
    return {period: frozenset(sites - built) for period, sites in gives.items()}


def decided_rows(plan: EarlierPlan, *, through: int) -> tuple[tuple[str, int, str, bool], ...]:
    """Return (site id, year, size id, fills at 70 MPa) for all that is built up to a year, in order.

    Raises:
        InputError: the plan has no such year, or a station closes, which a table of decided stations cannot say.
    """
    if through not in plan.stands:
        years = ", ".join(map(str, plan.stands))
        raise InputError(Fault(where="--through", message=f"{through} is no year of the plan; it has: {years}"))
    rows: list[tuple[str, int, str, bool]] = []
    before: Mapping[str, str] = {}
    fitted: frozenset[str] = frozenset()
    for year in (year for year in plan.stands if year <= through):
        now = plan.stands[year]
        gone = sorted(set(before) - set(now))
        if gone:
            message = f"{', '.join(gone)} closes in {year}, and a table of decided stations names no closures"
            raise InputError(Fault(where="plan.json", message=message, hint="use years.decided_from without a table"))
        fits = plan.fitted_at(year) or frozenset()
        changed = {name for name, size in now.items() if before.get(name) != size} | (fits - fitted)
        rows += [(name, year, now[name], name in fits) for name in sorted(changed)]
        before, fitted = now, fits
    return tuple(rows)


def refuse_uncertified(folder: Path) -> None:
    """Refuse a results folder unless its certificate says that this very plan.json passed.

    Raises:
        VerificationError: there is no certificate, it does not say 'pass', or it belongs to another plan.json.
    """
    certificate = _certificate(folder)
    if certificate.get("verdict") != "pass":
        checks = [check for check in certificate.get("checks", ()) if isinstance(check, dict)]
        failed = ", ".join(str(check.get("family")) for check in checks if not check.get("passed", False))
        raise VerificationError(
            f"{folder}: the plan failed its re-check ({failed or 'no verdict'}); nothing is made from it. "
            f"Plan the scenario again, or see what failed with: h2plan verify {folder}"
        )
    if certificate.get("plan_sha256") != sha256(folder / PLAN_FILE):
        raise VerificationError(
            f"{folder}: the certificate belongs to another plan.json than the one that stands here; "
            "plan the scenario again"
        )


def _certificate(folder: Path) -> dict[str, Any]:
    file = folder / CERTIFICATE_FILE
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise VerificationError(
            f"{folder}: there is no {CERTIFICATE_FILE}; without a passed re-check nothing is made from a plan"
        ) from None
    except (OSError, ValueError) as error:
        raise VerificationError(f"{file}: cannot be read as a certificate: {error}") from None
    if not isinstance(found, dict):
        raise VerificationError(f"{file}: is no certificate")
    return found
