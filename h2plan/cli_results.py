"""Commands on results folders made earlier: draw the map again, write the report again, compare plans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from h2plan.cli_errors import errors, print_json

if TYPE_CHECKING:
    from h2plan.rewriting import Compared

Results = Annotated[Path, typer.Argument(help="Results folder, for instance results/wuhan-2030.")]
Languages = Annotated[
    Literal["zh", "en"] | None, typer.Option("--language", help="zh or en; default: what the scenario says.")
]
Editions = Annotated[
    Literal["public", "internal", "sensitive"] | None,
    typer.Option("--edition", help="What may be shown: public (公示版), internal (内部版), sensitive (敏感版)."),
]
Approval = Annotated[str | None, typer.Option("--approval-number", help="Map approval number (审图号).")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for the files; default: the results folder.")]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")]


def map_(
    results: Results,
    *,
    language: Languages = None,
    edition: Editions = None,
    approval_number: Approval = None,
    title: Annotated[str | None, typer.Option("--title", help="Heading of the map.")] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Draw the map of a plan made earlier again, in another language or edition.

    For instance: h2plan map results/wuhan-2030 --language en --edition public --out shared/
    """
    changes = {"language": language, "edition": edition, "approval_number": approval_number, "title": title}
    _rewrite(results, ["map"], changes, out=out, as_json=as_json)


def report(
    results: Results,
    *,
    language: Languages = None,
    edition: Editions = None,
    approval_number: Approval = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="A PDF beside each page; needs a Chromium on this machine.")
    ] = False,
    docx: Annotated[bool, typer.Option("--docx/--no-docx", help="Word documents beside the pages.")] = True,
    sheets: Annotated[bool, typer.Option("--sheets", help="One sheet a station; public: with a notice.")] = False,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Write the report of a plan made earlier again: page, Word document, PDF, station sheets.

    For instance: h2plan report results/wuhan-2030 --edition public --sheets --pdf --out shared/
    """
    changes = {
        "language": language,
        "edition": edition,
        "approval_number": approval_number,
        "docx": docx,
        "pdf": "always" if pdf else None,
    }
    _rewrite(results, ["report", "sheets"] if sheets else ["report"], changes, out=out, as_json=as_json)


def compare(
    results: Annotated[list[Path], typer.Argument(help="Two results folders or more; the first is the base.")],
    *,
    language: Annotated[Literal["zh", "en"], typer.Option("--language", help="Language the page opens in.")] = "zh",
    edition: Annotated[
        Literal["public", "internal", "sensitive"], typer.Option("--edition", help="What may be shown.")
    ] = "internal",
    approval_number: Annotated[str, typer.Option("--approval-number", help="Map approval number (审图号).")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for comparison.html; default: beside the first results.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare plans: what was asked differently, which figures and stations differ, and a map of the differences.

    For instance: h2plan compare results/wuhan-2030 results/wuhan-2030-40-stations
    """
    with errors(as_json=as_json):
        from h2plan import terminal_compare
        from h2plan.rewriting import compare_results

        done = compare_results(results, out=out, language=language, edition=edition, approval_number=approval_number)
        if as_json:
            print_json(_compared_json(done))
        else:
            terminal_compare.show_comparisons(done)


def decided(
    results: Results,
    *,
    through: Annotated[int, typer.Option("--through", help="Last year that is decided: a year of the plan.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Table of decided stations to write (.csv); default: none, the plan is named."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the part of a scenario that decides the first years as a plan made earlier has them.

    For instance: h2plan decided results/wuhan-phased --through 2028 --out data/decided.csv
    """
    with errors(as_json=as_json):
        from h2plan.earlier import decided_rows, read_earlier

        plan = read_earlier(results)
        rows = decided_rows(plan, through=through)
        if out is not None:
            _write_table(out, *_decided_table(rows, source=plan.scenario))
        if as_json:
            found = [
                {"site_id": site, "period": year, "size_id": size, **({"at_70_mpa": True} if high else {})}
                for site, year, size, high in rows
            ]
            print_json({"ok": True, "through": through, "stations": found, "file": None if out is None else str(out)})
            return
        typer.echo("years:")
        if out is None:
            typer.echo(f"  decided_from: {{plan: {results.as_posix()}, through: {through}}}")
        else:
            typer.echo(f"  decided: {{until: {through}, stations: {out.as_posix()}}}")
        for site, year, size, high in rows:
            typer.echo(f"  # {year}  {site}  {size}{'  70 MPa' if high else ''}")


def _decided_table(
    rows: Sequence[tuple[str, int, str, bool]], *, source: str
) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Return the header and the rows of a table of decided stations; 70 MPa has a column where some give it."""
    if not any(high for *_, high in rows):
        return ("site_id", "period", "size_id", "source"), [(*row[:3], source) for row in rows]
    told = [(site, year, size, "yes" if high else "no", source) for site, year, size, high in rows]
    return ("site_id", "period", "size_id", "at_70_mpa", "source"), [*told]


def _write_table(file: Path, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Write a CSV table; a file that is there already stays.

    Raises:
        InputError: the file is there already, or is no .csv.
        EnvironmentFault: it cannot be written.
    """
    import csv

    from h2plan.errors import EnvironmentFault, InputError

    if file.suffix != ".csv":
        raise InputError(f"'{file}' must end in .csv", where="--out")
    try:
        with file.open("x", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    except FileExistsError:
        raise InputError(f"{file} is there already; name another file or remove it", where="--out") from None
    except OSError as error:
        raise EnvironmentFault(f"cannot write {file}: {error.strerror or error}") from error


def _rewrite(results: Path, uses: list[str], changes: dict[str, Any], *, out: Path | None, as_json: bool) -> None:
    with errors(as_json=as_json):
        from h2plan.rewriting import rewrite

        files = [str(path) for path in rewrite(results, uses=uses, changes=changes, out=out)]
        if as_json:
            print_json({"ok": True, "files": files})
            return
        for path in files:
            typer.echo(path)


def _compared_json(done: Compared) -> dict[str, Any]:
    import dataclasses
    from math import isnan

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(entry) for key, entry in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(entry) for entry in value]
        return None if isinstance(value, float) and isnan(value) else value

    rows = [plain(dataclasses.asdict(row)) for row in done.comparisons]
    return {"ok": True, "comparisons": rows, "page": str(done.page)}
