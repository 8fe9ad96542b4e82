"""A project folder to begin with: the shipped tables and scenarios, copied."""

from __future__ import annotations

import shutil
from pathlib import Path

from h2plan.errors import EnvironmentFault, InputError
from h2plan.shipped import shipped_folder

STARTERS = ("wuhan",)


def copy_starter(name: str, folder: Path) -> Path:
    """Copy the shipped project into a new folder and return it.

    Raises:
        InputError: there is no such starter, or the folder is there already and not empty.
        EnvironmentFault: the folder cannot be written.
    """
    if name not in STARTERS:
        raise InputError(f"there is no starter '{name}'; there are: {', '.join(STARTERS)}", where="init")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("is there already and not empty; name another folder with --out", where=str(folder))
    source = shipped_folder()
    try:
        for part in ("data", "scenarios"):
            shutil.copytree(source / part, folder / part)
    except OSError as error:
        raise EnvironmentFault(f"cannot write {folder}: {error.strerror or error}") from error
    return folder
