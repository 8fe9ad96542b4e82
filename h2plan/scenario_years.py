"""The sections of a scenario that bind several years together."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from h2plan.domain import SiteKind
from h2plan.fields import Count, NoBool, NotNegative, Section, Share, Year, keys_as_years


class YearLimits(Section):
    """Limits of one period, in place of those that hold for every period."""

    stations_max: Count | None = None
    stations_min: Count | None = None
    served_share_min: Share | None = None


class DecidedSection(Section):
    """Years that are decided already when the rest is planned again."""

    until: Year
    """The last period that is decided."""
    stations: str
    """Table of new stations: site, size, and the year from which that size stands. Until then nothing else is new."""


class DecidedFromSection(Section):
    """Years that an earlier plan has decided when the rest is planned again."""

    plan: str
    """Results folder of the earlier plan inside the project folder, for instance results/wuhan-phased. Only with the
    certificate that this very plan passed; both files are kept among the inputs of the new plan."""
    through: Year
    """The last period that is decided: a year of the earlier plan, and a period of this one before its last."""
    without: tuple[str, ...] = ()
    """Sites whose station in the earlier plan is not to be built after all, by id."""


class YearsSection(Section):
    """How building goes on from year to year. Only for a scenario of several periods."""

    last_lasts_yr: Annotated[int, Field(ge=1, le=60), NoBool] | None = None
    """Years that the last period counts for; blank: as many as the one before it."""
    budget_cny_per_yr: Annotated[dict[Year, NotNegative], BeforeValidator(keys_as_years)] = Field(default_factory=dict)
    """New capital a year, in force from the year that is named; nothing before the first of them. A period may spend
    what the years since the period before it bring, its own year included. Blank: only limits.budget_cny holds."""
    carry_over: bool = True
    """Whether what a period leaves may be spent later."""
    upgrades: bool = True
    """Whether a station may be made larger in a later period."""
    upgrade_premium_share: NotNegative = 0.0
    """An upgrade costs (1 + this share) times the difference of the capital costs."""
    extend_standing: bool = False
    """Whether a station that stands since before the plan may be extended, in any period, to a size of the menu that
    law and land allow at its site; at the cost of the difference with the premium of upgrades."""
    closing: bool = False
    """Whether a new station may be smaller or gone in a later period."""
    usable_share_by_age: Annotated[tuple[Share, ...], Field(min_length=1)] = (1.0,)
    """Part of the utilisation limit that new capacity may be planned for, in the year it opens, one year later, and so
    on; the last value holds from then on."""
    outage_share: Annotated[float, Field(ge=0, lt=1), NoBool] = 0.0
    """Part of the year in which a station is out of service."""
    begin: Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")] | None = None
    """Month in which the approvals of new stations begin, YYYY-MM; blank: a new station can open in any period."""
    approval_months: Count = 0
    """Months of approvals and building that a new station still needs, where neither its site table nor its kind says.
    It can stand in a period if they are over when the year of the period begins; a station that needs none can stand
    from the first period."""
    approval_months_by_kind: dict[SiteKind, Count] = Field(default_factory=dict)
    """The same by host kind, for sites whose table leaves approval_months_left blank."""
    approvals: dict[str, Count] = Field(default_factory=dict)
    """The same for single sites, by id, in place of what their table says."""
    decided: DecidedSection | None = None
    """Years decided already; blank: every year is planned."""
    decided_from: DecidedFromSection | None = None
    """Years decided by an earlier plan; at a site that the table of `decided` names, the table alone counts. Blank: no
    earlier plan."""
    limits: Annotated[dict[Year, YearLimits], BeforeValidator(keys_as_years)] = Field(default_factory=dict)
    """Limits of single periods; those that are left out are the ones of `limits`."""
    source: str = "h2plan assumption, unverified"
    """Where budget, premium, ramp, outage and months come from."""

    @model_validator(mode="after")
    def _consistent(self) -> YearsSection:
        shares = self.usable_share_by_age
        if any(later < before for before, later in pairwise(shares)):
            raise ValueError("usable_share_by_age must not fall: a station is not used less as it grows older")
        if self.closing and self.upgrade_premium_share > 0:
            raise ValueError("upgrade_premium_share is not known together with closing: leave one of them out")
        if self.closing and len(set(shares)) > 1:
            raise ValueError("usable_share_by_age is not known together with closing: leave one of them out")
        if self.extend_standing and (self.closing or not self.upgrades):
            raise ValueError("extend_standing is an upgrade of what stands: it goes with upgrades and without closing")
        if self.begin is None and (self.approval_months or self.approval_months_by_kind or self.approvals):
            raise ValueError("approval months count from a month: give begin as YYYY-MM")
        self._refuse_two_ends()
        return self

    def _refuse_two_ends(self) -> None:
        by_hand, earlier = self.decided, self.decided_from
        if by_hand is not None and earlier is not None and by_hand.until != earlier.through:
            raise ValueError(
                f"decided.until {by_hand.until} and decided_from.through {earlier.through} must be the same year"
            )

    @property
    def decided_until(self) -> int | None:
        """The last year that is decided; None where every year is planned."""
        if self.decided is not None:
            return self.decided.until
        return None if self.decided_from is None else self.decided_from.through
