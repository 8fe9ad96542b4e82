"""The demand files beside a plan: which they are, whether both rest on the same inputs, how a new plan keeps them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from h2plan.project import PLAN_FILE

PAGE, LEDGER, WORKBOOK, LAYERS, FACTS = "demand.html", "demand.csv", "demand.xlsx", "demand.gpkg", "demand.json"
FILES = (PAGE, LEDGER, WORKBOOK, LAYERS, FACTS)


def carry(old: Path, new: Path, inputs: Mapping[str, str]) -> tuple[str, ...]:
    """Copy the demand files of an old results folder into a new one if they rest on the same inputs; return names.

    `inputs`: path from the project folder to sha256, as `copy_inputs` returns them.
    """
    known = _inputs_of(old / FACTS)
    if not known or any(inputs.get(file) != digest for file, digest in known.items()):
        return ()
    kept = tuple(name for name in FILES if (old / name).is_file())
    for name in kept:
        shutil.copyfile(old / name, new / name)
    return kept


def stale(folder: Path) -> tuple[str, ...]:
    """Say so where the plan beside the demand was made from other inputs."""
    plan, demand = _inputs_of(folder / PLAN_FILE), _inputs_of(folder / FACTS)
    changed = sorted(file for file in demand if plan and plan.get(file) != demand[file])
    if not changed:
        return ()
    return (f"the plan beside it was made before {', '.join(changed)} changed; plan again to bring it up to date",)


def _inputs_of(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text(encoding="utf-8")).get("inputs", {})
    except (OSError, ValueError, AttributeError):
        return {}
    return dict(found) if isinstance(found, dict) else {}
