"""What a person is told who writes a gateway's configuration wrongly."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from gateway.config_parts import LocalPath, Part, Seconds
from gateway.document import read_document
from gateway.errors import ConfigInvalid


class Bell(Part):
    kind: Literal["bell"]
    every: Seconds


class Horn(Part):
    kind: Literal["horn"]
    loudness: int = 3


class Tower(Part):
    name: str
    log: LocalPath | None = None
    voices: list[Annotated[Bell | Horn, Field(discriminator="kind")]] = Field([])


def read(folder: Path, text: str) -> Tower:
    path = folder / "tower.yaml"
    path.write_text(text, encoding="utf-8")
    return read_document(path, Tower)


def test_reads_durations_and_paths_beside_the_file(tmp_path: Path) -> None:
    tower = read(tmp_path, "name: 钟楼\nlog: logs/a\nvoices: [{kind: bell, every: 5min}]\n")
    assert tower.log == tmp_path / "logs/a"
    assert tower.voices == [Bell(kind="bell", every=300.0)]
    assert read(tmp_path, "name: a\nlog: /var/log/a\n").log == Path("/var/log/a")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nam: a\n", "line 1, nam: is not known here; did you mean name?"),
        ("log: a\n", "line 1, name: is missing"),
        (
            "name: a\nvoices:\n  - kind: horn\n  - kind: bell\n    every: often\n",
            "line 5, voices[1].every: is no duration: 'often'; write one like 2s",
        ),
        ("name: a\nvoices:\n  - kind: bell\n", "line 3, voices[0].every: is missing"),
        ("name: a\nvoices:\n  - kind: gong\n", "line 3, voices[0]: Input tag 'gong'"),
        ("name: a\nname: b\n", "line 2, name: is there twice"),
        ("name: a\nlog: [\n", "line 3: is no YAML"),
        ("name: ${NO_SUCH_NAME}\n", "line 1, ${NO_SUCH_NAME}: the environment variable"),
        ("- a\n", "should be a valid dictionary"),
        ("", "name: is missing"),
    ],
)
def test_names_the_line_the_place_and_what_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        read(tmp_path, text)
    assert told in str(caught.value)
    assert "gateway init" in str(caught.value.hint)


def test_tells_every_mistake_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=r"(?s)line 1, name: .*line 1, nam: .*line 2, lag:"):
        read(tmp_path, "nam: a\nlag: b\n")


def test_puts_the_environment_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOWER", 'x: "y" # z')
    assert read(tmp_path, "name: a ${TOWER}\n").name == 'a x: "y" # z'


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=r"tower\.yaml: No such file"):
        read_document(tmp_path / "tower.yaml", Tower)
