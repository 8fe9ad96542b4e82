"""The types of one cell: text, id, number and list, each with a sentence for what is wrong and a hint."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError, PydanticUndefined

LARGEST = 1e12
"""A number beyond this is a slip of the pen in any table, and would upset the scaling of a solver."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_NUMBER_LENGTH = 60
_SHOWN_LENGTH = 60
_UNKNOWN_MARKS = frozenset(
    {"-", "--", "—", "–", "/", "?", "n/a", "na", "none", "null", "nil", "无", "未知", "不详", "缺"}
)
_NOT_FINITE = frozenset({"nan", "inf", "infinity"})


class CellFault(NamedTuple):
    """What is wrong with one cell of a row, before the file and the row number are known."""

    column: str
    message: str
    hint: str | None = None


def shown(value: object) -> str:
    """Quote a value for a message, cut to a readable length, with control characters made visible."""
    text = value if isinstance(value, str) else str(value)
    return repr(text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…")


def refuse(message: str, hint: str | None = None) -> PydanticCustomError:
    """Return the error by which a validator refuses one cell; the reader adds file, row and column."""
    return PydanticCustomError("cell", "{message}", {"message": message, "hint": hint})


def parse_number(value: object) -> int | float:
    """Read a plain decimal number; text with units, separators or other digits is refused with a hint."""
    if isinstance(value, str):
        value = _plain_number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse(f"{shown(value)} is not a number")
    if abs(value) > LARGEST:
        raise refuse(f"{shown(value)} is too large", f"the largest number a table takes is {LARGEST:g}")
    return value


def parse_whole(value: object) -> int:
    """Read a whole number; '35' and '35.0' are whole, '35.5' is not."""
    number = parse_number(value)
    if not math.isfinite(number) or number != int(number):
        raise refuse(f"{shown(value)} is not a whole number")
    return int(number)


def parse_year(value: object) -> int:
    """Read a calendar year between 1900 and 2200."""
    year = parse_whole(value)
    if not 1900 <= year <= 2200:
        raise refuse(f"{year} is not a calendar year", "write four digits, such as 2030")
    return year


def parse_ids(value: object) -> object:
    """Read ids joined by ';' into a tuple; a blank part or a repeated id is refused."""
    if not isinstance(value, str):
        return value
    parts = tuple(part.strip() for part in value.split(";"))
    if not all(parts):
        raise refuse(f"{shown(value)} has an empty part", "join ids by single ';', none at the end")
    repeated = next((part for place, part in enumerate(parts) if part in parts[:place]), None)
    if repeated is not None:
        raise refuse(f"{shown(repeated)} is named twice", "name each id once")
    return parts


def parse_id(value: object) -> object:
    """Read an id as the text it is: '007', 'NA' and '1e5' stay as they stand."""
    if isinstance(value, str) and (";" in value or not value.isprintable()):
        raise refuse(f"{shown(value)} cannot be an id", "leave out ';' and line breaks: lists of ids are joined by ';'")
    return value


def _plain_number(text: str) -> float:
    if len(text) <= _NUMBER_LENGTH and _NUMBER.fullmatch(text):
        return float(text)
    if text.lower().lstrip("+-") in _NOT_FINITE:
        raise refuse(f"{shown(text)} is not a finite number", "leave the cell blank if the number is not known")
    raise refuse(f"{shown(text)} is not a number", _number_hint(text))


def _number_hint(text: str) -> str | None:
    """Say how to write the number that was probably meant."""
    if text.lower() in _UNKNOWN_MARKS:
        return "leave the cell blank if the number is not known"
    return next((hint for guess in _GUESSES if (hint := guess(text))), None)


def _guess_other_digits(text: str) -> str | None:
    plain = unicodedata.normalize("NFKC", text)
    if plain != text and _NUMBER.fullmatch(plain):
        return f"write it with plain digits: {plain}"
    return None


def _guess_separators(text: str) -> str | None:
    if re.fullmatch(r"[+-]?\d{1,3}(?:[,' ，]\d{3})+(?:\.\d+)?", text, re.ASCII):
        return "write it without thousands separators: " + re.sub(r"[,' ，]", "", text)
    if re.fullmatch(r"[+-]?\d+,\d+", text, re.ASCII):
        return "write a decimal point: " + text.replace(",", ".")
    return None


def _guess_range(text: str) -> str | None:
    if re.fullmatch(r"[\d.]+\s*[-–—~～至]\s*[\d.]+.{0,8}", text, re.ASCII):
        return "write one number, not a range"
    return None


def _guess_degrees(text: str) -> str | None:
    return "write decimal degrees, such as 114.35" if "°" in text else None


def _guess_unit(text: str) -> str | None:
    match = _NUMBER.match(text)
    rest = text[match.end() :].strip() if match else ""
    if match and rest and not rest[0].isdigit():
        return f"write the number only, here perhaps {match.group()}; the unit is in the column name"
    return None


_GUESSES: tuple[Callable[[str], str | None], ...] = (
    _guess_other_digits,
    _guess_separators,
    _guess_range,
    _guess_degrees,
    _guess_unit,
)

Text = Annotated[str, StringConstraints(min_length=1)]
Id = Annotated[str, StringConstraints(min_length=1), BeforeValidator(parse_id)]
Ids = Annotated[tuple[Id, ...], BeforeValidator(parse_ids)]
Number = Annotated[float, BeforeValidator(parse_number)]
Amount = Annotated[float, Field(ge=0), BeforeValidator(parse_number)]
Positive = Annotated[float, Field(gt=0), BeforeValidator(parse_number)]
Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(parse_number)]
Whole = Annotated[int, Field(ge=0), BeforeValidator(parse_whole)]
Year = Annotated[int, BeforeValidator(parse_year)]
YesNo = Literal["yes", "no"]


def column(default: Any = PydanticUndefined, *, header: str | None = None, header_zh: str | None = None) -> Any:
    """Declare a column whose header is not the field's name, or that may carry a Chinese header as well."""
    return Field(default, json_schema_extra={"header": header, "header_zh": header_zh})
