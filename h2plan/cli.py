"""The command line. Everything heavy is imported inside a command, so that --help answers at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from h2plan.cli_errors import errors as _errors
from h2plan.cli_errors import print_json as _print_json
from h2plan.cli_export import export
from h2plan.cli_import import import_app
from h2plan.cli_results import compare, decided, map_, report

if TYPE_CHECKING:
    from h2plan.pipeline import Outcome, ScreenOutcome

app = typer.Typer(
    name="h2plan",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Plan hydrogen refuelling stations: where, how large, for whom, at what cost, and why.

    Begin with 'h2plan init wuhan', then 'h2plan plan scenarios/wuhan-2030.yaml' in the new folder.

    Exit codes: 0 done, 1 a bug of ours, 2 usage, 3 bad input, 4 verification failed, 5 infeasible, 6 limit reached
    without a plan, 7 environment (disk, memory, missing tool), 8 a plan written that misses a policy rule, 130
    interrupted.
    """,
)

app.add_typer(import_app, name="import")
app.command()(export)

ScenarioFile = Annotated[Path, typer.Argument(help="Scenario file (YAML), for instance scenarios/wuhan-2030.yaml.")]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only: no stages, no progress.")]


@app.command()
def init(
    name: Annotated[str, typer.Argument(help="Which shipped project to start from: wuhan.")] = "wuhan",
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write; default: ./NAME.")] = None,
    as_json: Json = False,
) -> None:
    """Write a project folder: tables in data/, scenarios in scenarios/. Change them and plan your own city."""
    with _errors(as_json=as_json):
        from h2plan.starter import copy_starter

        folder = copy_starter(name, out or Path(name))
        scenarios = sorted(path.relative_to(folder).as_posix() for path in (folder / "scenarios").glob("*.yaml"))
        if as_json:
            _print_json({"folder": str(folder), "scenarios": scenarios})
            return
        print(f"project folder: {folder}")
        print(f"scenarios: {', '.join(scenarios)}")
        print(f"next: cd {folder} && h2plan plan scenarios/wuhan-2030.yaml")


@app.command()
def check(scenario: ScenarioFile, as_json: Json = False) -> None:
    """Test a scenario, its tables and its limits; all faults of a file come together. Nothing is solved or written."""
    with _errors(as_json=as_json):
        from h2plan import pipeline
        from h2plan.prepare import prepare
        from h2plan.refuse import check as check_limits

        project = pipeline.check(scenario)
        prepared = prepare(project)
        check_limits(prepared.problem, model=project.scenario.model.use)
        verdicts = [entry.verdict for entry in prepared.screening.verdicts]
        facts = {
            "scenario": project.scenario.name,
            "sites": len(prepared.screening.kept),
            "sites_barred": verdicts.count("barred"),
            "sites_to_review": verdicts.count("review"),
            "rows_without_position": len(prepared.gathered.unplaced),
            "demand_rows": len(prepared.problem.demand_ids) + len(prepared.problem.unreached),
            "demand_out_of_reach": len(prepared.problem.unreached),
            "demand_kg_per_d": round(prepared.problem.total_kg_per_d, 3),
            "pairs_in_reach": len(prepared.problem.pairs.demand),
        }
        if as_json:
            _print_json({"ok": True, **facts, "notes": list(prepared.notes)})
            return
        print(f"{scenario}: no fault found")
        for label, value in facts.items():
            print(f"  {label:22} {value:,}" if isinstance(value, (int, float)) else f"  {label:22} {value}")
        for note in prepared.notes:
            print(f"  note: {note}")


@app.command("screen")
def screen_(
    scenario: ScenarioFile,
    out: Annotated[Path | None, typer.Option("--out", help="Folder; default: results/<name>-screening.")] = None,
    language: Annotated[Literal["zh", "en"], typer.Option("--language", help="Language of the tables.")] = "zh",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Screen every site: the largest legal station or the clause that bars it, and what would make it legal."""
    with _errors(as_json=as_json):
        from h2plan import pipeline, terminal

        outcome = pipeline.screen(scenario, out=out, language=language)
        if as_json:
            _print_json(_screen_json(outcome))
        else:
            terminal.show_screening(outcome, language=language, quiet=quiet)


@app.command()
def plan(
    scenario: ScenarioFile,
    out: Annotated[Path | None, typer.Option("--out", help="Results folder; default: results/<name>.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Plan a scenario: read, screen, measure, solve, verify, and write map, lists and report."""
    with _errors(as_json=as_json):
        from h2plan import pipeline, terminal

        with terminal.watch(quiet=quiet or as_json) as screen:
            outcome = pipeline.plan(scenario, out=out, say=screen.stage, on_progress=screen.progress)
        if as_json:
            _print_json(_outcome_json(outcome))
        else:
            terminal.show_outcome(outcome, quiet=quiet)
    if outcome.plan.stopped == "interrupted":
        raise typer.Exit(130)
    if terminal.missed_rules(outcome.plan):
        raise typer.Exit(8)


@app.command()
def pareto(  # noqa: PLR0917  # typer reads options from the signature
    scenario: ScenarioFile,
    x: Annotated[
        Literal["stations", "budget", "share"],
        typer.Option("--x", help="What is limited: stations or budget, serving most; or the share, at least cost."),
    ] = "stations",
    steps: Annotated[int, typer.Option("--steps", min=2, help="Values of the limit.")] = 8,
    out: Annotated[Path | None, typer.Option("--out", help="Folder; default: results/<name>-pareto.")] = None,
    language: Annotated[Literal["zh", "en"], typer.Option("--language", help="Language of table and page.")] = "zh",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Plan along one limit: what more stations, money or coverage buys. Each point is proven within its gap."""
    with _errors(as_json=as_json):
        from dataclasses import asdict

        from h2plan import pipeline, terminal, terminal_front

        with terminal.watch(quiet=quiet or as_json) as screen:
            outcome = pipeline.pareto(
                scenario, axis=x, steps=steps, out=out, language=language, say=screen.stage, on_progress=screen.progress
            )
        if as_json:
            facts = {"axis": x, "points": [asdict(point) for point in outcome.front.points]}
            _print_json({**facts, "notes": list(outcome.front.notes), "files": [str(file) for file in outcome.files]})
        else:
            terminal_front.show_front(outcome, language=language)


@app.command()
def demand(
    scenario: ScenarioFile,
    *,
    against: Annotated[
        Path | None, typer.Option("--against", help="Another scenario file: say what changed, and why.")
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", help="Columns to sum by, with commas between; may stand several times."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Results folder; default: results/<name>.")] = None,
    language: Annotated[Literal["zh", "en"], typer.Option("--language", help="Language of the files.")] = "zh",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell the demand of a scenario: kg/d by class, source, district and year, and what each kilogram rests on."""
    with _errors(as_json=as_json):
        from h2plan import pipeline, terminal_demand
        from h2plan.estimating import estimate
        from h2plan.pages import demand as pages

        told = estimate(pipeline.check(scenario))
        columns = by or ["vehicle_class,use", "district"]
        told.by(*(name for entry in columns for name in entry.split(",")))  # an unknown column stops before writing
        other = estimate(pipeline.check(against)) if against is not None else None
        published = pages.publish(told, out=out, against=other, language=language)
        if as_json:
            files = [str(path) for path in published.files]
            found = pages.facts(told, published.changes)
            _print_json({**found, "notes": list(published.notes), "folder": str(published.folder), "files": files})
        else:
            terminal_demand.show_demand(told, published, by=columns, quiet=quiet)


@app.command()
def verify(
    results: Annotated[Path, typer.Argument(help="Results folder, for instance results/wuhan-2030.")],
    as_json: Json = False,
) -> None:
    """Recompute a plan from its results folder alone, without the solver, and print what was checked."""
    with _errors(as_json=as_json):
        import dataclasses

        from h2plan import terminal
        from h2plan.plan.verify import verify as recheck

        certificate = recheck(results)
        if as_json:
            _print_json(dataclasses.asdict(certificate))
        else:
            terminal.show_certificate(certificate)
    if certificate.verdict != "pass":
        raise typer.Exit(4)


app.command("map")(map_)
app.command("report")(report)
app.command("compare")(compare)
app.command("decided")(decided)


@import_app.command("sites")
def import_sites(
    file: Annotated[
        Path, typer.Argument(help="csv, xlsx, GeoJSON, GeoPackage, Shapefile, KML, KMZ, Parquet, OSM PBF.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Table to write, for instance data/sites/stations.csv.")],
    *,
    crs: Annotated[
        str | None, typer.Option("--crs", help="Datum: wgs84, cgcs2000, gcj02 (Amap, Tencent), bd09 (Baidu), EPSG:n.")
    ] = None,
    local_system: Annotated[
        Path | None, typer.Option("--local-system", help="Seven parameters of a local plane, instead of --crs.")
    ] = None,
    layer: Annotated[
        str | None, typer.Option("--layer", help="Layer, sheet or folder, where there are several.")
    ] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="utf-8, or gb18030 for GBK.")] = None,
    columns: Annotated[list[str] | None, typer.Option("--map", help="HEADER=column; may be repeated.")] = None,
    every_row: Annotated[list[str] | None, typer.Option("--set", help="column=text where the file has none.")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="The same in a YAML file.")] = None,
    scenario: Annotated[Path | None, typer.Option("--scenario", help="Positions must lie in its region.")] = None,
    max_mb: Annotated[float, typer.Option("--max-mb", min=0.001, help="Refuse larger files.")] = 200,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the table.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Turn a list of sites in any datum and format into a table of the project: all faults at once, or a new table."""
    with _errors(as_json=as_json):
        import dataclasses

        from h2plan import terminal
        from h2plan.sites._import import import_sites as bring
        from h2plan.sites._import import site_import
        from h2plan.sites._osm import is_pbf, places_table

        how = site_import(
            crs="wgs84" if is_pbf(file) and crs is None else crs,
            local_system=local_system,
            layer=layer,
            encoding=encoding,
            columns=columns or (),
            every_row=every_row or (),
            mapping=mapping,
            scenario=scenario,
            max_mb=max_mb,
        )
        with terminal.watch(quiet=quiet or as_json) as screen, places_table(file, say=screen.stage) as table:
            done = bring(table, out, how=how, say=screen.stage, overwrite=overwrite)
        if as_json:
            _print_json({"ok": True, **dataclasses.asdict(done), "path": str(done.path)})
            return
        print(f"{done.path}: {done.sites:,} sites, read as {done.crs}, written in wgs84")
        for kind, count in done.kinds.items():
            print(f"  {kind:22} {count:,}")
        for note in done.notes:
            print(f"  note: {note}")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the plug-ins: sources of sites and demand, models, outputs."""
    with _errors(as_json=as_json):
        from h2plan import plugins

        found = {
            package: {name: _first_line(plugins.find(package, name).__doc__) for name in plugins.names(package)}
            for package in plugins.VERBS
        }
        if as_json:
            _print_json(found)
            return
        for package, modules in found.items():
            print(package)
            for name, line in modules.items():
                print(f"  {name:18} {line}")


@app.command()
def schema(
    as_json: Annotated[bool, typer.Option("--json", help="The schema is JSON in any case.")] = False,
) -> None:
    """Print the JSON Schema of scenario files, the options of every plug-in included, for editors."""
    with _errors(as_json=as_json):
        from h2plan import plugins

        _print_json(plugins.complete_schema())


def main() -> None:
    """Run the command line."""
    # GDAL reads this when it is first imported: its virtual format can name any file of the machine.
    os.environ["OGR_SKIP"] = ",".join(filter(None, (os.environ.get("OGR_SKIP"), "OGR_VRT")))
    app()


def _first_line(text: str | None) -> str:
    return (text or "").strip().splitlines()[0]


def _screen_json(outcome: ScreenOutcome) -> dict[str, Any]:
    import dataclasses

    screening = outcome.screened.screening
    return {
        "verdicts": [dataclasses.asdict(verdict) for verdict in screening.verdicts],
        "open_points": [dataclasses.asdict(point) for point in screening.points],
        "merged": [dataclasses.asdict(row) for row in outcome.screened.gathered.merged],
        "folder": str(outcome.folder),
        "files": [str(path) for path in outcome.files],
    }


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    import dataclasses

    return {
        "scenario": outcome.plan.scenario,
        "verdict": outcome.certificate.verdict,
        "stopped": outcome.plan.stopped,
        "figures": dataclasses.asdict(outcome.plan.figures),
        "goals": [dataclasses.asdict(goal) for goal in outcome.plan.goals],
        "alternatives": [dataclasses.asdict(entry) for entry in outcome.plan.alternatives],
        "folder": str(outcome.folder),
        "files": [str(path) for path in outcome.files],
        "seconds": {stage: round(value, 3) for stage, value in outcome.seconds.items()},
    }
