"""How every command ends: our errors as sentences and exit codes, a bug as a bug, JSON on one document."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer

from h2plan.errors import EnvironmentFault, H2planError, InputError


def print_json(value: Mapping[str, Any]) -> None:
    """Write one JSON document to standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


@contextmanager
def errors(*, as_json: bool) -> Iterator[None]:
    """Turn our errors into sentences and exit codes; anything else is a bug and says so."""
    try:
        yield
    except H2planError as error:
        _report(error, as_json=as_json)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        _say("interrupted; nothing was written")
        raise typer.Exit(130) from None
    except MemoryError:
        _report(EnvironmentFault("not enough memory for this input"), as_json=as_json)
        raise typer.Exit(EnvironmentFault.exit_code) from None
    except (typer.Exit, BrokenPipeError):  # `h2plan schema | head` is no bug: typer ends it quietly
        raise
    except Exception:  # noqa: BLE001  # the one place where a bug becomes exit code 1 instead of a bare traceback
        _say(traceback.format_exc())
        _say("this is a bug of h2plan, not of your input; please report it with the scenario and the lines above")
        raise typer.Exit(1) from None


def _report(error: H2planError, *, as_json: bool) -> None:
    if as_json:
        import dataclasses

        faults = [dataclasses.asdict(fault) for fault in error.faults] if isinstance(error, InputError) else []
        print_json({"ok": False, "error": type(error).__name__, "message": str(error), "faults": faults})
        return
    _say(str(error))


def _say(text: str) -> None:
    typer.echo(text, err=True)
