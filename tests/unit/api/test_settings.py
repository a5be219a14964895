import re
from pathlib import Path

import pytest

from api.settings import Settings, SettingsInvalid, load_settings
from models.registry import MODELS_DIR

DOCUMENT = Path(__file__).parents[3] / "docs" / "operations.md"


def test_every_setting_is_documented_and_no_other() -> None:
    documented = set(re.findall(r"^\| `(XUNJIAN_\w+)`", DOCUMENT.read_text(), re.M))
    assert documented == {
        *(f"XUNJIAN_{name.upper()}" for name in Settings.model_fields),
        MODELS_DIR,
    }


def test_a_value_that_makes_no_sense_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUNJIAN_MAX_QUEUE", "0")
    with pytest.raises(SettingsInvalid, match="XUNJIAN_MAX_QUEUE"):
        load_settings()


@pytest.mark.parametrize(("url", "secure"), [("https://a.example", True), ("http://a", False)])
def test_cookies_keep_to_https_when_people_come_over_it(url: str, secure: bool) -> None:
    assert Settings(public_url=url).secure_cookies is secure
