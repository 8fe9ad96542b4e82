"""A results folder opened again: the plan that passed its re-check, and what maps and lists draw under it."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from h2plan.earlier import refuse_uncertified
from h2plan.geo.routes import loads_on_links
from h2plan.network import read_roads
from h2plan.plan._check_case import Case
from h2plan.plan.backdrop import draw, sketch
from h2plan.plan.files import INPUTS_FOLDER, read_plan
from h2plan.plan.results import Backdrop, Plan
from h2plan.prepare import prepare


def reopen(folder: Path) -> Plan:
    """Return the plan of a results folder whose certificate says that this very plan.json passed.

    Raises:
        InputError: there is no plan here, or none that this version can read.
        VerificationError: there is no certificate, it does not say 'pass', or it belongs to another plan.json.
    """
    plan = read_plan(folder)
    refuse_uncertified(folder)
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
