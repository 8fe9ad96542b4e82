"""A family of conditions asked of every year of a plan; what is found is named with its year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding


def named(case: Case, found: Iterable[Finding]) -> Iterator[Finding]:
    """Say which year a finding belongs to, where the plan has several."""
    if not case.several:
        yield from found
        return
    for finding in found:
        yield finding._replace(at=f"{case.plan.period}: {finding.at}", year=case.plan.period)


def in_every_year(years: Sequence[Case], check: Callable[[Case], Iterable[Finding]]) -> Iterator[Finding]:
    """Ask the same of every year, in order."""
    for case in years:
        yield from named(case, check(case))
