"""`xunjian gateway check` and what a gateway does while its token is not good."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from api.frames.inspector import Inspector
from gateway.check import Checked
from gateway.check import check as try_everything
from gateway.client import Client
from gateway.config import GatewayConfig, read_config
from gateway.errors import Unauthorised
from gateway.service import Service
from tests.conftest import GatewayToken, MakeCamera, sqlite_only
from tests.gateway_rig import free_port


@pytest.fixture(autouse=True)
def no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load no models that look at pictures."""
    monkeypatch.setattr(Inspector, "_find_problem", lambda _: None)


def config_of(folder: Path, url: str, token: str, *cameras: str) -> GatewayConfig:
    """Return the configuration of a gateway whose cameras write pictures into folders."""
    (folder / "token").write_text(token)
    for camera in cameras:
        (folder / camera).mkdir()
    path = folder / "gateway.yaml"
    sources = {camera: {"kind": "folder", "path": camera} for camera in cameras}
    path.write_text(
        yaml.safe_dump(
            {
                "service": {"url": url, "token_file": "token"},
                "cameras": [{"camera": name, "source": source} for name, source in sources.items()],
            }
        )
    )
    return read_config(path)


def verdicts(checked: list[Checked]) -> dict[str, str]:
    return {each.what: each.verdict for each in checked}


@sqlite_only
def test_each_thing_is_tried_and_told_how_to_mend(
    tmp_path: Path,
    base_url: str,
    make_gateway_token: Callable[[], GatewayToken],
    make_camera: MakeCamera,
) -> None:
    gateway = make_gateway_token()
    make_camera(gateway=gateway.gateway, name="yard")
    config = config_of(tmp_path, base_url, gateway.secret, "yard", "strange", "gone")
    (tmp_path / "yard" / "1.jpg").touch()
    (tmp_path / "gone").rmdir()
    checked = list(try_everything(config, tmp_path / "check"))
    assert verdicts(checked) == {
        "service": "good",
        "clock": "good",
        "token": "good",
        "camera yard": "good",
        "camera strange": "bad",
        "camera gone": "bad",
        "source of yard": "good",
        "source of strange": "doubtful",
        "source of gone": "bad",
        "queue": verdicts(checked)["queue"],
    }
    told = {each.what: each for each in checked}
    assert "xunjian camera create strange" in told["camera strange"].hint
    assert "cameras of this gateway: yard" in told["camera strange"].hint
    assert (tmp_path / "yard" / "1.jpg").exists(), "a check took the picture away"


@sqlite_only
def test_a_token_that_is_not_good_is_told_and_read_anew(
    tmp_path: Path, base_url: str, make_gateway_token: Callable[[], GatewayToken]
) -> None:
    config = config_of(tmp_path, base_url, "xj_wrong", "yard")
    assert verdicts(list(try_everything(config, tmp_path / "check")))["token"] == "bad"
    service = Service(config.service)
    with pytest.raises(Unauthorised):
        service.ask(Client.cameras)
    (tmp_path / "token").unlink()
    with pytest.raises(Unauthorised, match="No such file"):
        service.ask(Client.cameras)
    (tmp_path / "token").write_text(make_gateway_token().secret)
    assert service.ask(Client.cameras) == []
    service.close()


def test_a_service_that_is_not_there_is_told(tmp_path: Path) -> None:
    config = config_of(tmp_path, f"http://127.0.0.1:{free_port()}", "xj_any", "yard")
    found = verdicts(list(try_everything(config, tmp_path / "check")))
    assert (found["service"], found["token"]) == ("bad", "bad")
    assert found["source of yard"] == "doubtful"


def test_a_gateway_loads_nothing_that_a_small_box_has_no_room_for() -> None:
    heavy = "cv2 PIL torch onnxruntime sqlalchemy fastapi paho cryptography api inference"
    program = (
        "import sys, gateway.agent, gateway.check; "
        f"print(*sorted(set('{heavy}'.split()) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
