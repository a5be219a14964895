"""Every state has its words, the same as on the operators' page."""

import json
from pathlib import Path

from api.cases.states import CaseState
from api.open311.words import STATE_WORDS, Standing, standing, states_of

I18N = Path(__file__).parents[4] / "api" / "web" / "src" / "i18n"
# FixMyStreet's extended statuses (Open311::Endpoint::Role::mySociety).
EXTENDED = {
    "open",
    "closed",
    "fixed",
    "in_progress",
    "action_scheduled",
    "investigating",
    "duplicate",
    "not_councils_responsibility",
    "no_further_action",
    "internal_referral",
    "reopen",
}


def test_every_state_is_called_what_the_page_calls_it() -> None:
    zh, en = (
        json.loads((I18N / f"{language}.json").read_text(encoding="utf-8"))["case_state"]
        for language in ("zh-CN", "en")
    )
    assert {state: words.zh for state, words in STATE_WORDS.items()} == zh
    assert {state: words.en for state, words in STATE_WORDS.items()} == en


def test_every_state_is_open_or_closed_and_has_an_extended_status() -> None:
    closed = {state for state in CaseState if standing(state) is Standing.CLOSED}
    assert closed == {CaseState.CLOSED, CaseState.CANCELLED}
    assert {s for each in Standing for s in states_of(each)} == set(CaseState)
    assert {words.extended for words in STATE_WORDS.values()} <= EXTENDED
