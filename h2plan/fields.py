"""The kinds of values that scenario sections are made of: numbers, shares, years, datums, sections, plug-ins."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from h2plan.datums import check_crs
from h2plan.errors import InputError


def _known_datum(value: str) -> str:
    """Return the datum as h2plan spells it."""
    try:
        return check_crs(value, where="crs")
    except InputError as error:
        fault = error.faults[0]
        raise ValueError(f"{fault.message} ({fault.hint})") from None


_DATUM_HINTS: dict[str, Any] = {
    "pattern": "^(wgs84|cgcs2000|gcj02|bd09|[Ee][Pp][Ss][Gg]:[0-9]{4,6})$",
    "examples": ["wgs84", "cgcs2000", "gcj02", "bd09", "EPSG:4547"],
}
"""What an editor sees; the sentence that a user reads comes from the check."""
Datum = Annotated[str, Field(json_schema_extra=_DATUM_HINTS), AfterValidator(_known_datum)]
"""The datum of a table's positions: wgs84, cgcs2000, gcj02, bd09 or EPSG:n. Positions are converted on reading."""


def _no_bool(value: object) -> object:
    """Refuse yes/no where a number is asked: pydantic would read them as 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("a number is needed, not true or false")
    return value


def keys_as_years(value: object) -> object:
    """Read the years of a mapping as numbers, whether YAML wrote 2030 or '2030'."""
    if not isinstance(value, dict):
        return value
    years = {int(key) if isinstance(key, str) and key.isdecimal() else key: entry for key, entry in value.items()}
    if len(years) < len(value):
        raise ValueError("the same year stands twice")
    return years


NoBool = BeforeValidator(_no_bool)
"""Stands last: bounds behind it would be missing from the JSON Schema."""
Number = Annotated[float, NoBool]
Positive = Annotated[float, Field(gt=0), NoBool]
NotNegative = Annotated[float, Field(ge=0), NoBool]
Share = Annotated[float, Field(ge=0, le=1), NoBool]
Count = Annotated[int, Field(ge=0), NoBool]
Year = Annotated[int, Field(ge=2000, le=2100), NoBool]


class Section(BaseModel):
    """A part of a scenario: unknown keys, NaN and infinity are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class PlugIn(BaseModel):
    """A section read by a plug-in: `use` names its file, the other keys are its options."""

    model_config = ConfigDict(extra="allow", frozen=True)

    use: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})
