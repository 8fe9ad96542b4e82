"""The user's file of seven parameters, read so that no value of it can appear in a message or an output."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from h2plan.datums import LocalSystem
from h2plan.errors import Fault, InputError
from h2plan.project import read_yaml

_MERIDIAN_SPAN_DEG = 180


class _Parameters(BaseModel):
    """What the file holds; metres, degrees, seconds of arc, parts per million."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)

    semi_major_m: Annotated[float, Field(gt=6_300_000, lt=6_450_000)]
    inverse_flattening: Annotated[float, Field(gt=290, lt=310)]
    central_meridian_deg: Annotated[float, Field(ge=-_MERIDIAN_SPAN_DEG, le=_MERIDIAN_SPAN_DEG)]
    origin_latitude_deg: Annotated[float, Field(ge=-90, le=90)] = 0.0
    false_easting_m: float = 500_000.0
    false_northing_m: float = 0.0
    scale_factor: Annotated[float, Field(gt=0.9, lt=1.1)] = 1.0
    dx_m: float
    dy_m: float
    dz_m: float
    rx_arcsec: float
    ry_arcsec: float
    rz_arcsec: float
    scale_ppm: float
    convention: Literal["position_vector", "coordinate_frame"]


def read_local_system(path: Path) -> LocalSystem:
    """Read the parameters that lead from a local plane to WGS 84.

    Raises:
        InputError: a parameter is missing, unknown or impossible; named, never quoted.
    """
    try:
        found = _Parameters.model_validate(_quietly(path))
    except ValidationError as error:
        raise InputError(
            Fault(where=str(path), column=".".join(map(str, entry["loc"])), message=_plain(entry["type"]))
            for entry in error.errors(include_url=False, include_input=False)
        ) from None
    return LocalSystem(**found.model_dump())


def _quietly(path: Path) -> dict[str, object]:
    try:
        return read_yaml(path)
    except InputError:
        hint = "one 'name: value' on each line, see docs/howto-own-data.md"
        raise InputError(Fault(where=str(path), message="is no readable parameter file", hint=hint)) from None


def _plain(kind: str) -> str:
    return {"missing": "is missing", "extra_forbidden": "is no parameter"}.get(kind, "is not a possible value")
