"""The sections of a scenario on which sites the plan may use: screen, layers, merging."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from h2plan.domain import SiteKind
from h2plan.fields import Datum, NotNegative, Section, Share


class BarredArea(Section):
    """A layer of polygons in which no new station may stand."""

    file: str
    """GeoJSON polygons."""
    crs: Datum
    """Datum of the polygons."""
    rule: str
    """Short id of the rule, shown with every verdict."""
    reason: str
    """Why, in a sentence for the planner."""
    verified: bool = False
    """Whether the polygon is the authority's own."""


class ScreenLayer(Section):
    """Objects or areas that the siting screen measures: GeoJSON points, lines or polygons."""

    file: str
    """GeoJSON file. A feature may carry `name`, `document`, `verdict`, and `use` and `amount` of a building."""
    crs: Datum
    """Datum of the coordinates."""
    verified: bool = False
    """Whether the layer is the authority's own, or surveyed. Anything else leaves a site at review, either way."""
    precision_m: NotNegative = 0.0
    """Error of the layer's own positions; it adds to that of the site."""
    verdict: Literal["bar", "warn", "allow"] | None = None
    """What a planning layer does: bar sites inside, warn of them, or allow them inside only. Blank: a layer of objects
    that a rule names."""
    document: str = ""
    """Number of the document that fixed the layer."""
    title: str = ""
    """What to call it; blank: its key."""
    title_en: str = ""
    kinds: tuple[SiteKind, ...] = ()
    """A planning layer binds sites of these kinds only; blank: all."""
    over_storage_kg: NotNegative = 0.0
    """A planning layer binds stations that store more than this: storage centres, not every station."""


class ScreenSection(Section):
    """Which sites the plan may use."""

    barred: tuple[BarredArea, ...] = ()
    """Polygons closed to new stations by the user."""
    rules: str | None = None
    """Table of siting law; blank: no law is screened."""
    classes: str | None = None
    """Table of station classes by storage."""
    class_edition: str = ""
    """Which edition of the classes counts, as its `edition` column says."""
    major_hazard: str | None = None
    """Table of the storage from which a station is a major hazard installation."""
    buildings: str | None = None
    """Table of building uses and the size from which they count as objects of the rules."""
    land_needs: str | None = None
    """Table of what stations need of land and access, by size."""
    layers: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], ScreenLayer] = {}
    """Objects of the rules, and planning layers, by name."""
    outside_kinds: tuple[SiteKind, ...] = ("quay",)
    """Kinds of site that these rules do not cover: a quay that serves vessels."""
    review: Literal["keep", "drop"] = "keep"
    """What happens to sites at review: keep them with the largest size that no verified rule bars, or drop them."""

    @model_validator(mode="after")
    def _class_edition_named(self) -> ScreenSection:
        if self.classes is not None and not self.class_edition:
            raise ValueError("classes needs class_edition: which edition of the classes counts")
        return self


class MergeSection(Section):
    """When two rows of the site tables are one place."""

    same_place_m: NotNegative = 1.0
    """Rows nearer than this are one place, whatever their names."""
    similar_m: NotNegative = 0.0
    """Rows nearer than this are one place if their names are alike; 0: off."""
    likeness: Share = 0.8
    """How alike: twice the letters in common order over the letters of both names (difflib ratio)."""
    drop_words: tuple[str, ...] = ()
    """Words left out before names are compared, such as 加油站 or 有限公司."""
