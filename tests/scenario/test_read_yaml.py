"""What a scenario file may say in YAML, and what it is refused for."""

from __future__ import annotations

from pathlib import Path

import pytest

from h2plan.errors import InputError
from h2plan.project import MAX_SCENARIO_BYTES, read_yaml


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "scenario.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def refusal(folder: Path, text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        read_yaml(written(folder, text))
    return str(caught.value)


def test_no_and_yes_are_words_and_not_truth_values(tmp_path: Path) -> None:
    assert read_yaml(written(tmp_path, "a: no\nb: yes\nc: on\nd: true\n")) == {
        "a": "no",
        "b": "yes",
        "c": "on",
        "d": True,
    }


@pytest.mark.parametrize("text", ["1e3", "1.e3", "1E+3", "1000.0"])
def test_an_exponent_makes_a_number(tmp_path: Path, text: str) -> None:
    value = read_yaml(written(tmp_path, f"a: {text}\n"))["a"]
    assert isinstance(value, float)
    assert value == 1000


def test_a_clock_time_is_text_and_a_leading_zero_is_decimal(tmp_path: Path) -> None:
    assert read_yaml(written(tmp_path, "a: 1:30\nb: 012\n")) == {"a": "1:30", "b": 12}


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert read_yaml(written(tmp_path, b"\xef\xbb\xbfname: x\n")) == {"name": "x"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "line 4: the key 'c' stands twice"),
        ('a: {x: 1, "x": 2}\n', "the key 'x' stands twice"),
        ("fcev: {2030: 1, 2030: 2}\n", "the key '2030' stands twice"),
        ("a: 1\nb: &x [1]\nc: *x\n", "line 2: anchors and aliases are not allowed"),
        ("a: *x\n", "anchors and aliases are not allowed"),
        ("a:\n  <<: {c: 1}\n  d: 2\n", "line 2: merge keys are not allowed"),
        ("%YAML 1.1\n---\na: no\n", "directives are not allowed"),
        ("a: !!python/object/apply:os.getcwd []\n", "the tag tag:yaml.org,2002:python/object/apply:os.getcwd"),
        ("a: !!int abc\n", "the tag"),
        ("a: !own x\n", "the tag !own is not allowed"),
        ("[" * 21 + "]" * 21, "nested deeper than 20 levels"),
        ("[" * 100_000, "nested deeper than 20 levels"),
        ("a: 1\n---\nb: 2\n", "another document"),
        ("a:\n\tb: 1\n", "line 2: "),
        ('a: "x\n', "end of stream"),
        ("a: 2022-13-45\n", "is not valid YAML: month must be in 1..12"),
        ("a: " + "9" * 5000 + "\n", "is not valid YAML"),
        ("a: 1\nb: \x07\n", "line 2: holds a character that is no text"),
        ("a: \x00\n", "holds a character that is no text"),
        ('a: "\\0"\n', "holds a character that is no text"),
        ('a: "\\ud800"\n', "holds a character that is no text"),
        (b"a: \xd5\xe3\n", "is not UTF-8 text"),
        ("", "must be a mapping"),
        ("- 1\n", "must be a mapping"),
        ("words\n", "must be a mapping"),
    ],
)
def test_a_file_that_means_more_or_less_than_it_shows_is_refused(tmp_path: Path, text: str | bytes, told: str) -> None:
    message = refusal(tmp_path, text)
    assert told in message
    assert "scenario.yaml" in message


def test_a_file_above_a_megabyte_is_refused_unread(tmp_path: Path) -> None:
    assert "larger than 1 MB" in refusal(tmp_path, b"#" * (MAX_SCENARIO_BYTES + 1))


def test_quoted_arrows_are_an_ordinary_key(tmp_path: Path) -> None:
    assert read_yaml(written(tmp_path, '"<<": 1\n')) == {"<<": 1}


@pytest.mark.parametrize("name", ["absent.yaml", "", "x" * 300])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"there is no such scenario file|cannot be read"):
        read_yaml(tmp_path / name)


def test_a_file_that_may_not_be_read_is_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    file = written(tmp_path, "a: 1\n")
    monkeypatch.setattr(Path, "read_text", denied)
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        read_yaml(file)
