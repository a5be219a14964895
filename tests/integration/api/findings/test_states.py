"""Whatever frames, people and policies do, in whatever order: the invariants of findings hold."""

from collections import Counter

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select

from api.accounts.models import User
from api.audit.models import AuditRecord
from api.cases.models import Case
from api.database import Base, Database, new_id
from api.errors import ProblemError
from api.findings.models import Finding, FindingDetection, Look
from api.findings.states import FINDING_MACHINE, FindingEvent, FindingState
from api.permissions import Role
from api.principal import Principal
from api.reviews import service as reviews
from api.reviews.models import RejectReason, Review, Verdict
from api.reviews.service import Word
from benchmarks.gathering import Fleet, drives, pothole

_LOOKS = [
    look
    for look in drives(
        [pothole("a", 30.0), pothole("b", 42.0)],
        noise_m=3.0,
        seed=8,
        passes=9,
        length_m=55.0,
        miss_rate=0.3,
    )[1]
    if look.detections
]
_OVER = (FindingState.REJECTED, FindingState.DUPLICATE, FindingState.EXPIRED_UNREVIEWED)


class Findings(RuleBasedStateMachine):
    """Frames come in any order while people review."""

    def __init__(self) -> None:
        super().__init__()
        self.database = Database("sqlite://")
        Base.metadata.create_all(self.database.engine)
        self.transaction = self.database.write()
        self.session = self.transaction.__enter__()
        self.fleet = Fleet(self.session)
        self.waiting = list(_LOOKS)
        self.reviewed = 0
        user = User(
            id=new_id(),
            username="supervisor",
            display_name="the supervisor",
            password_hash="x",
            role=Role.SUPERVISOR,
        )
        self.session.add(user)
        self.session.flush()
        self.person = Principal("user", user.id, user.username, Role.SUPERVISOR)

    def teardown(self) -> None:
        self.transaction.__exit__(None, None, None)
        self.database.close()

    @precondition(lambda self: self.waiting)
    @rule(where=st.floats(0, 0.999), frames=st.integers(1, 4))
    def frames_come(self, where: float, frames: int) -> None:
        for _ in range(min(frames, len(self.waiting))):
            look = self.waiting.pop(int(where * len(self.waiting)))
            self.fleet.post(look)

    @precondition(lambda self: self._findings())
    @rule(
        which=st.floats(0, 0.999),
        other=st.floats(0, 0.999),
        verdict=st.sampled_from(Verdict),
        reason=st.sampled_from(RejectReason),
    )
    def somebody_reviews(
        self, which: float, other: float, verdict: Verdict, reason: RejectReason
    ) -> None:
        findings = self._findings()
        finding = findings[int(which * len(findings))]
        word = Word(
            verdict,
            reason=reason if verdict is Verdict.REJECT else None,
            duplicate_of=findings[int(other * len(findings))].id
            if verdict is Verdict.DUPLICATE
            else None,
        )
        before = finding.state
        try:
            with self.session.begin_nested():
                done = reviews.review(
                    self.session, finding_id=finding.id, principal=self.person, word=word
                )
        except ProblemError:
            self.session.expire_all()
            assert self.session.get_one(Finding, finding.id).state is before
        else:
            self.reviewed += 1
            assert (done.case is not None) == (verdict is Verdict.CONFIRM)

    def _findings(self) -> list[Finding]:
        return list(self.session.scalars(select(Finding).order_by(Finding.id)))

    @invariant()
    def open_findings_have_a_key_of_their_own_and_others_none(self) -> None:
        for finding in self._findings():
            assert (finding.open_key is None) == (finding.state in _OVER)

    @invariant()
    def a_duplicate_leads_to_a_finding_that_is_none(self) -> None:
        by_id = {finding.id: finding for finding in self._findings()}
        for finding in by_id.values():
            assert (finding.duplicate_of is not None) == (finding.state is FindingState.DUPLICATE)
            passed = set()
            while finding.duplicate_of:
                assert finding.id not in passed
                passed.add(finding.id)
                finding = by_id[finding.duplicate_of]

    @invariant()
    def every_look_and_detection_belongs_to_one_finding_that_is_no_duplicate(self) -> None:
        looks = {look.id: look for look in self.session.scalars(select(Look))}
        states = {finding.id: finding.state for finding in self._findings()}
        links = self.session.scalars(select(FindingDetection)).all()
        assert {link.look_id for link in links} == set(looks)
        for link in links:
            assert looks[link.look_id].finding_id == link.finding_id
            assert states[link.finding_id] is not FindingState.DUPLICATE

    @invariant()
    def no_finding_that_stands_is_empty(self) -> None:
        held = Counter(self.session.scalars(select(Look.finding_id)))
        for finding in self._findings():
            assert (held[finding.id] > 0) == (finding.state is not FindingState.DUPLICATE)

    @invariant()
    def cased_findings_and_open_cases_belong_together(self) -> None:
        cased = {one.id for one in self._findings() if one.state is FindingState.CASED}
        opened = self.session.scalars(select(Case.open_finding_id)).all()
        assert set(opened) == cased
        assert len(opened) == len(cased)

    @invariant()
    def every_change_is_in_the_audit_record_and_allowed(self) -> None:
        for finding in self._findings():
            state = FindingState.CANDIDATE
            for record in self.session.scalars(
                select(AuditRecord)
                .where(AuditRecord.object_id == finding.id, AuditRecord.action != "finding.open")
                .order_by(AuditRecord.id)
            ):
                assert record.before is not None
                assert record.before["state"] == state
                event = FindingEvent(record.action.removeprefix("finding."))
                state = FINDING_MACHINE.next_state(state, event)
            if state is FindingState.CONFIRMED:  # opening the case is the case's record
                state = FindingState.CASED
            assert finding.state is state

    @invariant()
    def every_word_is_kept(self) -> None:
        assert self.session.scalar(select(func.count()).select_from(Review)) == self.reviewed


TestFindings = Findings.TestCase
TestFindings.settings = settings(
    max_examples=6, stateful_step_count=12, deadline=None, phases=[Phase.generate]
)
