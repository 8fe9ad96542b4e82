"""A plan as JSON, and a results folder that is swapped in whole."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from h2plan.errors import EnvironmentFault, Fault, InputError
from h2plan.plan.results import Plan
from h2plan.project import PLAN_FILE, sha256

RUN_FILE = "run.json"
INPUTS_FOLDER = "inputs"
ONLY_SOME = frozenset({"equipment"})
"""Tables of a plan that are left out of plan.json while they are empty."""


def to_json(value: Any) -> str:
    """Write a frozen value as JSON text: keys sorted, so that equal values give equal bytes."""
    plain = dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value
    if isinstance(value, Plan):
        plain = _told(plain)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"


def _told(plan: dict[str, Any]) -> dict[str, Any]:
    """Leave out the tables that only some plans have, in every year."""
    told = {name: rows for name, rows in plan.items() if rows or name not in ONLY_SOME}
    return {**told, "earlier": tuple(_told(year) for year in plan["earlier"])} if "earlier" in plan else told


def read_plan(folder: Path) -> Plan:
    """Read the plan of a results folder.

    Raises:
        InputError: there is none, or it is no plan of this version.
    """
    file = folder / PLAN_FILE
    if not file.is_file():
        raise InputError("there is no plan.json here; give a results folder", where=str(folder))
    plain: Any = None
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
        plan = _build(Plan, plain)
    except _OtherFormatError as error:
        raise _other_format(plain, folder, error) from None
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InputError(f"is no plan that this version can read: {error}", where=str(file)) from None
    assert isinstance(plan, Plan)
    return plan


class _OtherFormatError(ValueError):
    """A value has other fields than this version of h2plan writes."""


def _other_format(plain: Any, folder: Path, error: _OtherFormatError) -> InputError:
    """Say which version wrote a plan in another format, and what to do with it."""
    versions = plain.get("versions") if isinstance(plain, dict) else None
    wrote = versions.get("h2plan", "unknown") if isinstance(versions, dict) else "unknown"
    scenario = plain.get("scenario", "…") if isinstance(plain, dict) else "…"
    again = f"'h2plan plan {folder / INPUTS_FOLDER}/scenarios/{scenario}.yaml --out NEW_FOLDER'"
    return InputError(
        Fault(
            where=str(folder / PLAN_FILE),
            message="is no plan that this version can read: it is in the format of another version of h2plan "
            f"(it says {wrote}); {error}",
            hint=f"plan again from the inputs saved with it: {again}; or read it with the version that wrote it",
        )
    )


def _build(kind: Any, value: Any) -> Any:
    """Rebuild a value of a declared type from plain JSON; every field must be there, none may be added."""
    origin, parts = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _build_fields(kind, value)
    if origin in (Union, UnionType):
        if value is None and NoneType in parts:
            return None
        return _build(next(part for part in parts if part is not NoneType), value)
    if origin is tuple:
        return _build_tuple(parts, value)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _build_mapping(parts[1], value)
    if origin is Literal:
        if value not in parts:
            raise ValueError(f"{value!r} is none of {parts}")
        return value
    return _build_scalar(kind, value)


def _build_fields(kind: Any, value: Any) -> Any:
    hints = _hints(kind)
    names = set(hints)
    if not isinstance(value, dict):
        raise ValueError(f"{kind.__name__} is needed, got {type(value).__name__}")
    if not names - ONLY_SOME <= set(value) <= names:
        lacks, odd = sorted(names - ONLY_SOME - set(value)), sorted(set(value) - names)
        said = [f"{what} {', '.join(found)}" for what, found in (("lacks", lacks), ("has besides", odd)) if found]
        raise _OtherFormatError(f"fields do not match: {kind.__name__} {' and '.join(said)}")
    return kind(**{name: _build(hints[name], value[name]) for name in names & set(value)})


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    """The declared type of each field of a type: to work it out takes longer than to read a row."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _build_mapping(kind: Any, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"a mapping is needed, got {type(value).__name__}")
    return {key: _build(kind, entry) for key, entry in value.items()}


def _build_tuple(parts: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError(f"a list is needed, got {type(value).__name__}")
    kinds = [parts[0]] * len(value) if parts[1:] == (Ellipsis,) else list(parts)
    return tuple(_build(part, entry) for part, entry in zip(kinds, value, strict=True))


def _build_scalar(kind: Any, value: Any) -> Any:
    if kind is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise ValueError(f"a finite number is needed, got {value!r}")
        return float(value)
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    raise ValueError(f"{kind.__name__} is needed, got {value!r}")


def copy_inputs(root: Path, files: Sequence[Path], folder: Path) -> dict[str, str]:
    """Copy input files below `folder`/inputs, keeping their place in the project; returns path to sha256."""
    hashes: dict[str, str] = {}
    for file in sorted(set(files)):
        relative = file.relative_to(root)
        target = folder / INPUTS_FOLDER / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        hashes[relative.as_posix()] = sha256(target)
    return hashes


@contextmanager
def fresh_folder(final: Path) -> Iterator[Path]:
    """Give a new folder to write results into, and swap it in under the final name when all went well.

    The old results are moved aside, the new ones renamed in, the old ones removed last: a crash leaves the old or the
    new results, never a mixture.

    Raises:
        EnvironmentFault: the place cannot be written to, the disk is full, or something else stands there.
    """
    final = final.resolve()
    refuse_foreign(final)
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        _sweep(final)
        building = Path(tempfile.mkdtemp(prefix=f".{final.name}.new-{os.getpid()}-", dir=final.parent))
    except OSError as error:
        raise EnvironmentFault(f"cannot write beside {final}: {error.strerror or error}") from error
    try:
        yield building
        building.chmod(0o755)
        _swap(building, final)
    except OSError as error:
        raise EnvironmentFault(
            f"writing the results failed: {error.strerror or error}; {final} is unchanged"
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def refuse_foreign(final: Path) -> None:
    """Refuse to replace what h2plan has not written: only its results, or an empty folder.

    Raises:
        EnvironmentFault: something else stands there.
    """
    if final.exists() and not _is_results(final):
        raise EnvironmentFault(f"{final} is there and holds no results of h2plan; it is left as it is")


def _swap(building: Path, final: Path) -> None:
    if not final.exists():
        building.rename(final)
        return
    refuse_foreign(final)
    aside = final.parent / f".{final.name}.old-{os.getpid()}"
    final.rename(aside)
    try:
        building.rename(final)
    except OSError:
        aside.rename(final)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _is_results(folder: Path) -> bool:
    return folder.is_dir() and ((folder / RUN_FILE).is_file() or not any(folder.iterdir()))


def _sweep(final: Path) -> None:
    """Remove what a killed run left behind; put old results back if it died between the two renames."""
    for old in _left_behind(final, "old"):
        if final.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(final)
    for new in _left_behind(final, "new"):
        shutil.rmtree(new, ignore_errors=True)


def _left_behind(final: Path, what: str) -> list[Path]:
    """Folders of runs that are no longer alive."""
    prefix = f".{final.name}.{what}-"
    found = []
    for folder in final.parent.iterdir():
        pid = folder.name.removeprefix(prefix).split("-")[0]
        if folder.name.startswith(prefix) and pid.isdecimal() and not _alive(int(pid)):
            found.append(folder)
    return found


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
