"""Openings in full: a search that ends by time may leave out of its point what would only lower the cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from h2plan.solve import highs
from h2plan.solve.goals import Held
from h2plan.solve.program import Program

Columns = Mapping[tuple[str, str], int]
"""(site id, size id) to the column of what stands."""


def in_full(
    held: Held, program: Program, *, opens: Mapping[tuple[int, str, str], int], stands: Sequence[Columns]
) -> Held:
    """Return a plan whose stations open whole, with its goals measured again; bounds stay as they are.

    `opens` maps (period, site, size) to the column of the size at which a station opens, o ≤ what stands; `stands`
    holds the columns of every period. A whole opening keeps every row, for it only lowers what is spent.
    """
    values = held.values.copy()
    there = [{site for (site, _), n in columns.items() if values[n] > 0.5} for columns in stands]
    for (t, site, size), n in opens.items():
        column = stands[t].get((site, size))
        new = column is not None and values[column] > 0.5 and (t == 0 or site not in there[t - 1])
        values[n] = 1.0 if new else 0.0
    goals = []
    for goal, aim in zip(held.goals, program.goals, strict=True):
        value = aim.value(values)
        goals.append(replace(goal, value=value, gap=highs.relative_gap(value, goal.bound)))
    return replace(held, values=values, goals=tuple(goals))
