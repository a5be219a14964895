"""A gateway's configuration: the example holds, and mistakes are told."""

import re
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gateway.config import GatewayConfig, read_config
from gateway.errors import ConfigInvalid

MINIMAL = """
service: {url: "http://127.0.0.1:8000", token_file: token}
cameras:
  - camera: yard
    source: {kind: rtsp, url: "rtsp://admin:geheim@192.168.1.64/1"}
    every: 2s
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "gateway.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def example() -> str:
    return resources.files("gateway").joinpath("example.yaml").read_text(encoding="utf-8")


def test_the_example_holds_as_it_is(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, example()))
    assert [camera.camera for camera in config.cameras] == ["yard"]
    assert config.queue.folder == tmp_path / "queue"
    assert config.queue.max_bytes == 8 * 1024**3


def test_what_the_example_offers_in_comments_holds_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMERA_PASSWORD", "geheim")
    settings = example().partition("service:")
    everything = settings[1] + re.sub("^#", " ", settings[2], flags=re.MULTILINE)
    config = read_config(write(tmp_path, everything))
    assert len(config.cameras) == 5
    assert config.positions is not None
    assert config.upload.backfill.hours == ("22:00-06:00",)


def test_little_is_enough(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, MINIMAL))
    assert config.queue.folder == tmp_path / "queue"
    assert config.status is not None
    assert config.status.host == "127.0.0.1"
    (tmp_path / "token").write_text("xj_abc\n")
    assert config.service.secret() == "xj_abc"
    assert "geheim" not in repr(config)


@pytest.mark.parametrize("text", [MINIMAL, example()])
def test_editors_can_check_it_by_its_json_schema(text: str) -> None:
    schema: Any = GatewayConfig.model_json_schema()
    jsonschema.validate(yaml.safe_load(text), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text) | {"camaras": []}, schema)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("queue: {max_bites: 1 GB}", "line 7, queue.max_bites: is not known here; did you mean"),
        ("queue: {max_bytes: much}", "line 7, queue.max_bytes: could not parse"),
        ("queue: {when_full: refuse}", "line 7, queue.when_full: Input should be"),
        ("upload: {at_once: 99}", "line 7, upload.at_once: Input should be less"),
        ("status: {port: http}", "line 7, status.port: Input should be a valid integer"),
        ("  - {camera: yard, source: {kind: usb, device: /dev/video0}, every: 1s}", "twice"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        read_config(write(tmp_path, MINIMAL + line + "\n"))
    assert told in str(caught.value)


def test_a_gateway_needs_one_token(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=r"line 2, service: give token_file, or token"):
        read_config(write(tmp_path, MINIMAL.replace(", token_file: token", "")))
    config = read_config(write(tmp_path, MINIMAL))
    with pytest.raises(ConfigInvalid, match=r"the token's file .*No such file") as caught:
        config.service.secret()
    assert "xunjian token create" in str(caught.value.hint)
    (tmp_path / "token").write_text("\n")
    with pytest.raises(ConfigInvalid, match="is empty"):
        config.service.secret()
