"""Where the tables and scenarios that ship with h2plan stand: inside the wheel, or in a checkout."""

from __future__ import annotations

from pathlib import Path

from h2plan.errors import EnvironmentFault

FOLDERS = ("data", "scenarios")


def shipped_folder() -> Path:
    """Find the folder that holds the shipped `data/` and `scenarios/`.

    Raises EnvironmentFault when neither the installed package nor a checkout around it has both.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "_project", package.parent):
        if all((folder / name).is_dir() for name in FOLDERS):
            return folder
    raise EnvironmentFault(
        f"{package}: the shipped data/ and scenarios/ are missing, both in {package / '_project'} and in "
        f"{package.parent}; install h2plan again from its wheel, or run it from a complete checkout"
    )
