"""The commands `h2plan import …`: other people's road maps and places become our tables."""

from __future__ import annotations

import typer

import_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Turn a road map or a list of places into the tables of a project.",
)


@import_app.callback()
def imports() -> None:
    """Turn a road map or a list of places into the tables of a project."""
