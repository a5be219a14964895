"""The page's texts: complete in both languages, none missing and none left over."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.cases.states import CaseEvent, CaseState
from api.dispatch.models import MessageType, OutboxState, Outcome
from api.findings.states import FindingState
from api.permissions import Role
from api.reviews.models import RejectReason, Verdict

SOURCE = Path(__file__).parents[4] / "api" / "web" / "src"
PLACEHOLDER = re.compile(r"{{(\w+)}}")
USED = re.compile(r"""\bt\(\s*(["`])((?:(?!\1).)+)\1""", re.DOTALL)


def _texts(node: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        if isinstance(value, dict):
            yield from _texts(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _catalogue(language: str) -> dict[str, str]:
    path = SOURCE / "i18n" / f"{language}.json"
    return dict(_texts(json.loads(path.read_text(encoding="utf-8"))))


ZH, EN = _catalogue("zh-CN"), _catalogue("en")


def _used_keys() -> set[str]:
    """Return the keys that the source asks for; a part that varies stands as `*`."""
    sources = [*SOURCE.rglob("*.ts"), *SOURCE.rglob("*.tsx")]
    found = (match[2] for path in sources for match in USED.finditer(path.read_text("utf-8")))
    return {re.sub(r"\$\{[^}]*\}", "*", key) for key in found}


def test_both_languages_have_the_same_texts() -> None:
    assert ZH.keys() == EN.keys()
    assert all(text.strip() for text in (*ZH.values(), *EN.values()))


@pytest.mark.parametrize("key", sorted(ZH))
def test_both_languages_fill_in_the_same_values(key: str) -> None:
    assert set(PLACEHOLDER.findall(ZH[key])) == set(PLACEHOLDER.findall(EN[key]))


def test_each_language_is_its_own() -> None:
    chinese = re.compile(r"[\u4e00-\u9fff]")
    assert not [key for key, text in EN.items() if chinese.search(text)]
    same = {key for key in ZH if ZH[key] == EN[key] and PLACEHOLDER.sub("", EN[key]).strip(" ,")}
    assert not same


def test_every_text_that_is_asked_for_exists() -> None:
    missing = [
        key
        for key in _used_keys()
        if not any(re.fullmatch(re.escape(key).replace(r"\*", r"\w+"), text) for text in ZH)
    ]
    assert not missing


def test_no_text_is_left_over() -> None:
    patterns = [re.compile(re.escape(key).replace(r"\*", r"\w+")) for key in _used_keys()]
    assert not [text for text in ZH if not any(p.fullmatch(text) for p in patterns)]


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("finding_state", FindingState),
        ("case_state", CaseState),
        ("case_event", CaseEvent),
        ("reason", RejectReason),
        ("verdict", Verdict),
        ("role", Role),
        ("outcome", Outcome),
        ("message_state", OutboxState),
        ("message_type", MessageType),
    ],
)
def test_every_word_of_the_service_has_a_text(prefix: str, names: type[Any]) -> None:
    assert {f"{prefix}.{name.value}" for name in names} <= ZH.keys()
