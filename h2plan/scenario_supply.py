"""The sections of a scenario on where the hydrogen comes from and how it reaches the stations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from h2plan.fields import Count, Datum, NotNegative, Positive, Section


class DeliveryChoice(Section):
    """One way of delivery that the plan may use, and what it costs."""

    use: str
    """Row of the table of modes, by id."""
    cost: str
    """Row of the table of costs, by id: the fit that the plan is made with."""
    other_cost: str | None = None
    """A second fit of the same mode: the plan's cost is reckoned with it as well, for comparison."""


class ChainSection(Section):
    """The supply chain as part of the model: what sources sell, which centres stand, what is delivered how."""

    output: str
    """Table of what each source gives, by year."""
    level: Literal["base", "low"] = "base"
    """Which purified output of that table counts."""
    modes: str
    """Table of delivery modes."""
    costs: str
    """Table of delivery costs."""
    delivery: Annotated[tuple[DeliveryChoice, ...], Field(min_length=1)]
    """The modes that the plan may use, each with its cost."""
    centres: str | None = None
    """Table of places for storage-and-transport centres; blank: hydrogen goes straight to the stations."""
    centres_crs: Datum = "wgs84"
    centre_areas: tuple[str, ...] = ()
    """Layers of polygons in which centres may stand, WGS-84; a centre outside all of them is refused."""
    over_the_fence_km: NotNegative = 0.0
    """A pipe to a station no longer than this costs nothing to have."""
    over_the_fence_kg_per_d: Positive = 2000.0
    """Most that a pipe over the fence carries (h2plan assumption, unverified)."""
    hazmat_closed: tuple[str, ...] = ()
    """Road links closed to vehicles with hydrogen, by id, beside those closed to `truck_class`."""
    nearest: Annotated[int, Field(ge=1)] | None = None
    """Only so many nearest origins a destination and mode are offered; blank: all in the radius, which is exact."""
    trailers_max: Count | None = None
    """Trailers and tankers in all; blank: as many as it takes, and they are counted."""

    @model_validator(mode="after")
    def _each_mode_once(self) -> ChainSection:
        names = [choice.use for choice in self.delivery]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"delivery names a mode twice: {', '.join(twice)}")
        if self.centres is not None and not self.centre_areas:
            raise ValueError("centres need centre_areas: the polygons in which they may stand")
        return self


class SupplySection(Section):
    """Where the hydrogen comes from. Without `chain` it gives the indicative delivery cost of each station only."""

    sources: str
    """Table of hydrogen sources."""
    crs: Datum
    delivery_base_cny_per_kg: NotNegative
    delivery_cny_per_kg_km: NotNegative
    """Indicative: delivery from the nearest source costs delivery_base + delivery_cny_per_kg_km x road km."""
    truck_class: str
    """Vehicle class whose road access the trailers have."""
    source: str
    """Where the indicative delivery cost comes from."""
    chain: ChainSection | None = None
    """Makes supply a part of the model; blank: it stays indicative."""
