"""A plug-in is a file: found by its name, its options checked, listed and in the schema."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from h2plan import plugins
from h2plan.errors import InputError
from h2plan.project import read_yaml
from tests.json_schema import faults

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.yaml"))
ALL = [(package, name) for package in plugins.VERBS for name in plugins.names(package)]


def plain(file: Path) -> dict[str, Any]:
    """A scenario as an editor sees it: JSON, every key a text."""
    found = json.loads(json.dumps(read_yaml(file)))
    assert isinstance(found, dict)
    return found


SCHEMA = plugins.complete_schema()
WUHAN = plain(SCENARIOS[-1])


@pytest.mark.parametrize(("package", "name"), ALL)
def test_every_plug_in_has_options_one_verb_and_a_sentence_about_itself(package: str, name: str) -> None:
    module = plugins.find(package, name)
    assert issubclass(module.Options, BaseModel)
    assert module.Options.model_config.get("extra") == "forbid"
    assert module.Options.model_config.get("frozen") is True
    assert callable(getattr(module, plugins.VERBS[package]))
    assert module.__doc__
    assert module.Options.__doc__


@pytest.mark.parametrize(("package", "name"), ALL)
def test_every_option_says_what_it_is(package: str, name: str) -> None:
    fields = plugins.find(package, name).Options.model_fields
    assert [field for field, info in fields.items() if not info.description] == []


def test_the_plug_ins_of_each_kind_are_known() -> None:
    assert plugins.names("sites") == ("generate", "polygons", "table")
    assert {"districts", "highways", "logistics_hubs", "ports"} <= set(plugins.names("demand"))
    assert {"network_design", "max_cover"} <= set(plugins.names("models"))
    assert {"map", "site_list", "workbook", "report"} <= set(plugins.names("outputs"))


@pytest.mark.parametrize("name", ["_gather", "../secrets", "os", "", "generate.collect", "__init__"])
def test_what_is_no_plug_in_is_never_imported(name: str) -> None:
    with pytest.raises(InputError, match="there is no such plug-in"):
        plugins.find("sites", name)


def test_a_slip_of_the_pen_gets_a_suggestion() -> None:
    with pytest.raises(InputError, match=r"demand: use: port: there is no such plug-in \(did you mean 'ports'\?\)"):
        plugins.find("demand", "port")
    with pytest.raises(InputError, match=r"there are: generate, polygons, table"):
        plugins.find("sites", "qqqq")


def test_every_fault_of_the_options_is_told_with_its_section() -> None:
    module = plugins.find("sites", "generate")
    with pytest.raises(InputError) as caught:
        plugins.options(module, {"fil": "x", "spacing_km": -1, "exits": ["maybe"]}, where="sites[3] (generate)")
    told = {fault.column: fault for fault in caught.value.faults}
    assert set(told) == {"crs", "fil", "spacing_km", "exits.0"}
    assert told["fil"].hint == "did you mean 'file'?"
    assert told["crs"].message == "is missing"
    assert "got -1" in told["spacing_km"].message
    assert {fault.where for fault in caught.value.faults} == {"sites[3] (generate)"}


def test_sound_options_become_frozen_values() -> None:
    module = plugins.find("sites", "table")
    options = plugins.options(module, {"file": "a.csv", "crs": "wgs84"}, where="sites[0]")
    with pytest.raises(ValueError, match="frozen"):
        options.file = "b.csv"  # type: ignore[attr-defined]


# The schema


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.name)
def test_shipped_scenarios_fit_the_schema(file: Path) -> None:
    assert list(faults(plain(file), SCHEMA, root=SCHEMA)) == []


@pytest.mark.parametrize(("package", "name"), ALL)
def test_the_schema_holds_the_options_of_every_plug_in(package: str, name: str) -> None:
    key = "model" if package == "models" else package
    entry = SCHEMA["properties"][key]
    variants = (entry if package == "models" else entry["items"])["oneOf"]
    (variant,) = (part for part in variants if part["properties"]["use"] == {"const": name})
    assert set(variant["properties"]) == {"use", *plugins.find(package, name).Options.model_fields}
    assert variant["additionalProperties"] is False


def test_the_schema_is_plain_json_and_every_reference_leads_somewhere() -> None:
    text = json.dumps(SCHEMA)
    assert SCHEMA["$schema"].startswith("https://json-schema.org/")
    names = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert names <= set(SCHEMA["$defs"])
    assert "PlugIn" not in SCHEMA["$defs"]


BROKEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "an unknown key": lambda raw: raw.update(stations=35),
    "an unknown key inside": lambda raw: raw["limits"].update(stations=35),
    "a missing section": lambda raw: raw.pop("limits"),
    "an unknown plug-in": lambda raw: raw["sites"][0].update(use="tables"),
    "an unknown option": lambda raw: raw["sites"][0].update(fil="x"),
    "a missing option": lambda raw: raw["sites"][0].pop("crs"),
    "an option of another plug-in": lambda raw: raw["sites"][0].update(spacing_km=2),
    "text for a number": lambda raw: raw["limits"].update(stations_max="many"),
    "a negative number": lambda raw: raw["limits"].update(budget_cny=-1),
    "a share above one": lambda raw: raw["fleet"].update(active_share_base=60),
    "no sites": lambda raw: raw.update(sites=[]),
    "another datum": lambda raw: raw["roads"].update(crs="gcj20"),
    "another model": lambda raw: raw["model"].update(use="guess"),
    "an unknown objective": lambda raw: raw["model"].update(objective="profit"),
    "another language": lambda raw: raw["outputs"][0].update(language="fr"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_an_editor_would_mark(what: str) -> None:
    raw = copy.deepcopy(WUHAN)
    BROKEN[what](raw)
    assert list(faults(raw, SCHEMA, root=SCHEMA))
