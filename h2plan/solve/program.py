"""A Pyomo model as numbers: one matrix, one cost row a goal, and the rows that are implied by the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pyomo.environ import minimize
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler
from scipy import sparse

from h2plan.problem import Floats

LARGEST_COEFFICIENT = 1e7
"""Beyond this a tolerance of 1e-6 hides whole kilograms."""
LARGEST_BOUND = 1e15
"""HiGHS drops every row of a matrix that holds a number from 1e15 on."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Linear:
    """Minimise cost·v + offset over row_lower <= A v <= row_upper, lower <= v <= upper, some v whole."""

    cost: Floats
    offset: float
    matrix: Any
    """scipy csr_array, rows x columns."""
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    whole: Bools

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, non-zeros."""
        return (*self.matrix.shape, self.matrix.nnz)

    def objective(self, values: Floats) -> float:
        return float(self.cost @ values) + self.offset

    def within(self, *, lower: Floats | None = None, upper: Floats | None = None) -> Linear:
        """Return the same with other bounds on the columns."""
        return replace(self, lower=self.lower if lower is None else lower, upper=self.upper if upper is None else upper)

    def keeping_rows(self, rows: Bools) -> Linear:
        """Return the same with some rows only."""
        return replace(self, matrix=self.matrix[rows], row_lower=self.row_lower[rows], row_upper=self.row_upper[rows])

    def keeping_columns(self, columns: Bools) -> Linear:
        """Return the same with some columns only, the others being zero."""
        return replace(
            self,
            cost=self.cost[columns],
            matrix=sparse.csr_array(self.matrix[:, np.flatnonzero(columns)]),
            lower=self.lower[columns],
            upper=self.upper[columns],
            whole=self.whole[columns],
        )

    def with_rows(self, rows: Sequence[Floats], *, upper: Sequence[float]) -> Linear:
        """Return the same with more rows: each row·v <= its upper."""
        return replace(
            self,
            matrix=sparse.csr_array(sparse.vstack([self.matrix, sparse.csr_array(np.array(rows))])),
            row_lower=np.append(self.row_lower, np.full(len(rows), -np.inf)),
            row_upper=np.append(self.row_upper, upper),
        )

    def relaxed(self) -> Linear:
        """Return the same with no column whole."""
        return replace(self, whole=np.zeros_like(self.whole))


@dataclass(frozen=True, kw_only=True)
class ProgramGoal:
    """One objective as a row to minimise; `sign` is -1 where the model maximises, `unit` scales to the name's unit."""

    name: str
    sense: Literal["max", "min"]
    cost: Floats
    offset: float
    sign: float
    unit: float

    def value(self, values: Floats) -> float:
        """Return the goal's value at a point, in the unit of its name."""
        return self.in_unit(float(self.cost @ values) + self.offset)

    def in_unit(self, minimised: float) -> float:
        return self.sign * self.unit * minimised


@dataclass(frozen=True, kw_only=True)
class Program:
    """A compiled model. `linear` carries the cost of the first goal."""

    linear: Linear
    goals: tuple[ProgramGoal, ...]
    implied: Bools
    """Rows that follow from the others at whole points."""
    positions: Mapping[int, int]
    """Identity of a Pyomo variable to its column."""

    def aimed_at(self, goal: ProgramGoal) -> Linear:
        return replace(self.linear, cost=goal.cost, offset=goal.offset)

    def columns_of(self, variable: Any) -> dict[Any, int]:
        """Return the column of each index of a Pyomo variable; those that stand in no row are left out."""
        found = {key: self.positions.get(id(data)) for key, data in variable.items()}
        return {key: column for key, column in found.items() if column is not None}


def compile_model(model: Any) -> Program:
    """Turn a model with `goals` and `implied` into numbers.

    Raises:
        ValueError: a number that is not finite or too large for the solver's tolerances.
    """
    form = LinearStandardFormCompiler().write(model, mixed_form=True, set_sense=minimize)
    at = {id(objective): n for n, objective in enumerate(form.objectives)}
    costs = form.c.toarray()
    goals = tuple(
        ProgramGoal(
            name=spec.name,
            sense=spec.sense,
            cost=np.asarray(costs[at[id(spec.objective)]], dtype=np.float64),
            offset=float(form.c_offset[at[id(spec.objective)]]),
            sign=-1.0 if spec.sense == "max" else 1.0,
            unit=spec.unit,
        )
        for spec in model.goals
    )
    kinds = np.array([row.bound_type for row in form.rows])
    rhs = np.asarray(form.rhs, dtype=np.float64)
    lower, upper = _bounds(form.columns)
    implied_parents = {id(component) for component in model.implied}
    linear = Linear(
        cost=goals[0].cost,
        offset=goals[0].offset,
        matrix=sparse.csr_array(form.A),
        row_lower=np.where(kinds <= 0, rhs, -np.inf),
        row_upper=np.where(kinds >= 0, rhs, np.inf),
        lower=lower,
        upper=upper,
        whole=np.array([not column.is_continuous() for column in form.columns], dtype=np.bool_),
    )
    for goal in goals:
        refuse_unfit(replace(linear, cost=goal.cost, offset=goal.offset))
    return Program(
        linear=linear,
        goals=goals,
        implied=np.array([id(row.constraint.parent_component()) in implied_parents for row in form.rows], dtype=bool),
        positions={id(column): n for n, column in enumerate(form.columns)},
    )


def _bounds(columns: Sequence[Any]) -> tuple[Floats, Floats]:
    pairs = [column.bounds for column in columns]
    lower = np.array([-np.inf if low is None else low for low, _ in pairs], dtype=np.float64)
    upper = np.array([np.inf if high is None else high for _, high in pairs], dtype=np.float64)
    return lower, upper


def refuse_unfit(linear: Linear) -> None:
    """Refuse numbers that HiGHS would drop or take at face value.

    Raises:
        ValueError: says which kind of number, and how large.
    """
    for what, numbers in (("cost", linear.cost), ("coefficient", linear.matrix.data), ("constant", linear.offset)):
        largest = np.abs(np.atleast_1d(numbers)).max(initial=0.0)
        if not np.isfinite(largest):
            raise ValueError(f"a {what} of the model is not a finite number")
        if what != "constant" and largest > LARGEST_COEFFICIENT:
            raise ValueError(f"a {what} of the model is {largest:g}, above {LARGEST_COEFFICIENT:g}: rescale its unit")
    for side in (linear.row_lower, linear.row_upper, linear.lower, linear.upper):
        finite = side[~np.isinf(side)]
        if np.isnan(finite).any() or np.abs(finite).max(initial=0.0) >= LARGEST_BOUND:
            raise ValueError(f"a bound of the model is not a number below {LARGEST_BOUND:g}")
