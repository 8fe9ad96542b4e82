"""Outputs of a plan made earlier: the map, the report, the sheets, and plans side by side; nothing is solved again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from h2plan import plugins
from h2plan.errors import Fault, InputError
from h2plan.outputs._compare_page import write_comparison
from h2plan.outputs._labels import Language
from h2plan.outputs._levels import Edition, named, release
from h2plan.plan._check_case import Case
from h2plan.plan.compare import Comparison, compare
from h2plan.plan.publish import fresh_files
from h2plan.plan.reopen import backdrop_of, reopen

Changes = Mapping[str, Any]
"""Option to value; None leaves what the scenario says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Every plan against the first, and the page that shows them."""

    comparisons: tuple[Comparison, ...]
    page: Path


def rewrite(results: Path, *, uses: Sequence[str], changes: Changes, out: Path | None = None) -> tuple[Path, ...]:
    """Write outputs of a results folder again, with the options of its scenario except where `changes` names others.

    `out` is the folder for the new files; by default the results folder itself, where they replace the old ones.

    Raises:
        InputError: no results, or an option that an output does not have.
        VerificationError: no passed certificate.
        EnvironmentFault: the place cannot be written to, or a tool is missing.
    """
    plan = reopen(results)
    backdrop = backdrop_of(results, plan)
    asked = {entry.use: entry.options for entry in Case.of(results, plan)[-1].scenario.outputs}
    final = results if out is None else out
    with fresh_files(final) as folder:
        written: list[Path] = []
        for use in uses:
            module = plugins.find("outputs", use)
            known = module.Options.model_fields
            given = {name: value for name, value in changes.items() if value is not None and name in known}
            options = plugins.options(module, {**asked.get(use, {}), **given}, where=use)
            written.extend(module.write(plan, backdrop, folder, options))
        names = [path.relative_to(folder) for path in written]
    return tuple(final / name for name in names)


def compare_results(
    folders: Sequence[Path],
    *,
    out: Path | None = None,
    language: Language = "zh",
    edition: Edition = "internal",
    approval_number: str = "",
) -> Compared:
    """Set two results folders or more side by side, each against the first, and write the page.

    `out` is the folder for comparison.html; by default the folder above the first results.

    Raises:
        InputError: fewer than two folders, the same one twice, no results, different cities, no year in common.
        VerificationError: one of them has no passed certificate.
        EnvironmentFault: the place cannot be written to.
    """
    places = [folder.resolve() for folder in folders]
    if len(set(places)) < 2 or len(set(places)) < len(places):
        message = f"{len(set(places))} different results folders were given; two or more are needed, each once"
        raise InputError(Fault(where="compare", message=message))
    plans = [reopen(folder) for folder in folders]
    backdrops = [backdrop_of(folder, plan) for folder, plan in zip(folders, plans, strict=True)]
    shown = [release(plan, edition) for plan in plans]
    comparisons = tuple(compare(shown[0], other) for other in shown[1:])
    final = folders[0].resolve().parent if out is None else out
    name = f"{named('comparison', edition)}.html"
    with fresh_files(final) as folder:
        write_comparison(
            plans,
            backdrops,
            folder,
            language=language,
            file=name,
            approval_number=approval_number,
            edition=edition,
        )
    return Compared(comparisons=comparisons, page=final / name)
