"""What people say of violations, and what frames may still change then."""

from collections.abc import Callable

import pytest

from api.accounts.models import User
from api.findings.models import Finding
from api.findings.states import FindingState
from api.permissions import Role
from api.principal import Principal
from api.reviews.models import RejectReason, Verdict
from api.reviews.service import Word, review
from tests.conftest import MakeUser
from tests.integration.api.passages.gate import Gate, Vehicle, passing

LISTED, OTHER = "京A12345", "京A54321"


@pytest.fixture
def listed(gate: Gate) -> Gate:
    """Give a gate with two plates in its register."""
    gate.register("名单", LISTED, OTHER)
    gate.load(gate.rule(when={"type": "register", "register": "名单"}))
    return gate


@pytest.fixture
def say(listed: Gate, make_user: MakeUser) -> Callable[[Finding, Word], None]:
    """Give a function by which a supervisor says something of a finding."""
    user: User = make_user("supervisor")
    who = Principal("user", user.id, user.username, Role.SUPERVISOR, None, None)

    def say(finding: Finding, word: Word) -> None:
        with listed.database.write() as session:
            review(session, finding_id=finding.id, principal=who, word=word)

    return say


def misread(n: int) -> list[tuple[float, list[Vehicle]]]:
    """Return frames of an innocent vehicle, the first of which is misread."""
    frames = passing("京B99999", frames=n)
    frames[0] = (0.0, [Vehicle(plate=LISTED, plate_score=0.7, box=frames[0][1][0].box)])
    return frames


def test_what_was_confirmed_is_not_withdrawn(
    listed: Gate, say: Callable[[Finding, Word], None]
) -> None:
    frames = misread(3)
    listed.see(frames[:1])
    say(listed.findings()[0], Word(Verdict.CONFIRM))
    listed.see(frames[1:])
    (finding,) = listed.findings()
    assert finding.state is FindingState.CASED
    assert listed.violations()[0].cleared_at is not None


def test_a_rejection_holds_for_the_window(
    listed: Gate, say: Callable[[Finding, Word], None]
) -> None:
    listed.see(passing(LISTED))
    say(listed.findings()[0], Word(Verdict.REJECT, RejectReason.NOT_A_PROBLEM))
    listed.see(passing(LISTED, at=600))
    (finding,) = listed.findings()
    assert (finding.state, finding.looks) == (FindingState.REJECTED, 2)
    say(finding, Word(Verdict.REOPEN))
    (finding,) = listed.findings()
    assert (finding.state, finding.open_key) == (FindingState.PENDING_REVIEW, finding.key)


def test_a_duplicate_gives_its_violations_to_the_other(
    listed: Gate, say: Callable[[Finding, Word], None]
) -> None:
    listed.see(passing(LISTED))
    listed.see(passing(OTHER, at=600))
    first, second = listed.findings()
    say(second, Word(Verdict.DUPLICATE, duplicate_of=first.id))
    listed.see(passing(OTHER, at=1200))
    kept, gone = listed.findings()
    assert (kept.looks, gone.state) == (3, FindingState.DUPLICATE)
    assert {one.finding_id for one in listed.violations()} == {first.id}
