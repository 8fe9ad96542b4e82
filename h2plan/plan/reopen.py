"""A results folder opened again: the plan that passed its re-check, and what maps and lists draw under it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from h2plan.errors import VerificationError
from h2plan.geo.routes import loads_on_links
from h2plan.network import read_roads
from h2plan.plan._check_case import Case
from h2plan.plan.backdrop import draw, sketch
from h2plan.plan.files import CERTIFICATE_FILE, INPUTS_FOLDER, PLAN_FILE, read_plan, sha256
from h2plan.plan.results import Backdrop, Plan
from h2plan.prepare import prepare


def reopen(folder: Path) -> Plan:
    """Return the plan of a results folder whose certificate says that this very plan.json passed.

    Raises:
        InputError: there is no plan here, or none that this version can read.
        VerificationError: there is no certificate, it does not say 'pass', or it belongs to another plan.json.
    """
    plan = read_plan(folder)
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
    return plan


def backdrop_of(folder: Path, plan: Plan) -> Backdrop:
    """Gather all that the map draws under a plan, as when it was made: the roads are measured again for it.

    Raises:
        InputError: the saved inputs cannot be read.
    """
    with TemporaryDirectory(prefix="h2plan-") as scratch:  # measuring leaves a cache, which has no place among inputs
        shutil.copytree(folder / INPUTS_FOLDER, Path(scratch) / INPUTS_FOLDER)
        return draw(prepare(Case.of(Path(scratch), plan)[-1].project), plan)


def roads_of(folder: Path, plan: Plan) -> Backdrop:
    """Gather what lists need of the map: its lines and names, without anything that has to be measured.

    Raises:
        InputError: the saved inputs cannot be read.
    """
    project = Case.of(folder, plan)[-1].project
    network, *_ = read_roads(project, year=plan.period)
    routes = {row.id: row.route for row in plan.demand if row.route}
    weights = {row.id: row.kg_per_d.base for row in plan.demand}
    return sketch(project, network, link_kg_per_d=loads_on_links(network, routes, weights=weights))


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
