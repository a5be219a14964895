"""People who draw from one queue at the same time: nothing is held by two, nothing is lost."""

import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from unittest.mock import patch

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from api.database import Base, Database, now
from api.errors import Conflict
from api.findings.models import Finding
from api.findings.states import FindingState
from api.leases import service as leases
from api.permissions import Role
from api.principal import Principal
from api.reviews import service as reviews
from api.reviews.models import Verdict
from api.reviews.service import Word
from tests.integration.api.dispatch.town import at_once
from tests.integration.api.leases.people import Bench

PENDING = FindingState.PENDING_REVIEW


def clock() -> datetime:
    """Return what the service takes for the present, which a test may have moved."""
    present: datetime = vars(leases)["now"]()
    return present


def draw(
    bench: Bench,
    person: Principal,
    count: int = 6,
    holding: tuple[str, ...] = (),
    until: datetime | None = None,
) -> list[str]:
    with bench.database.write() as session:
        found = leases.hand_out(
            session,
            principal=person,
            state=PENDING,
            count=count,
            holding=holding,
            until=until or clock() + leases.LEASE,
        )
        return [finding.id for finding in found]


def defer(bench: Bench, person: Principal, finding_id: str) -> None:
    with bench.database.write() as session:
        reviews.review(session, finding_id=finding_id, principal=person, word=Word(Verdict.DEFER))


def give_back(bench: Bench, person: Principal) -> None:
    with bench.database.write() as session:
        leases.give_back(session, person)


@dataclass
class Hold:
    """When somebody surely held a finding."""

    person: str
    since: datetime
    until: datetime


class Worker:
    """Draws, decides, gives back and dies at random; notes what it held and when."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self._bench = bench
        self._person = bench.person()
        self._chance = random.Random(seed)
        self.holds: dict[str, list[Hold]] = defaultdict(list)
        self.decided: Counter[str] = Counter()

    def step(self, holding: list[str]) -> list[str]:
        """Do one thing after another; return what is held then."""
        asked_at = now()
        until = asked_at + timedelta(seconds=self._chance.choice([0.05, 60]))
        count = self._chance.randint(1, 8)
        mine = draw(self._bench, self._person, count, tuple(holding), until)
        for key in {*holding, *mine}:
            self._let_go(key, asked_at)  # the new lease may be the shorter one
        for key in mine:
            self.holds[key].append(Hold(self._person.id, now(), until))
        if self._chance.random() < 0.2:
            for key in self.holds:
                self._let_go(key, now())
            give_back(self._bench, self._person)
            return []
        for key in self._chance.sample(mine, self._chance.randint(0, len(mine))):
            self._let_go(key, now())
            try:
                defer(self._bench, self._person, key)
            except Conflict:  # the lease had run out, and somebody else was quicker
                continue
            self.decided[key] += 1
        died = self._chance.random() < 0.1
        return [] if died else mine

    def _let_go(self, key: str, at: datetime) -> None:
        for hold in self.holds[key]:
            hold.until = min(hold.until, at)


def test_many_people_draw_at_random_until_nothing_is_left(bench: Bench) -> None:
    """Leases run out under them, they give back, they die: every finding is decided once."""
    ids = bench.findings(60)
    workers = [Worker(bench, seed) for seed in range(4)]
    turn = iter(workers)
    deadline = time.monotonic() + 60

    def work() -> None:
        worker, mine = next(turn), list[str]()
        while sum(sum(one.decided.values()) for one in workers) < len(ids):
            assert time.monotonic() < deadline, "findings were lost"
            mine = worker.step(mine)

    errors = [error for error in at_once(work, len(workers)) if error is not None]
    assert errors == []
    assert sum((worker.decided for worker in workers), Counter()) == Counter(ids)
    for key in ids:
        holds = [hold for worker in workers for hold in worker.holds[key]]
        for one, other in combinations(holds, 2):
            together = max(one.since, other.since) < min(one.until, other.until)
            assert one.person == other.person or not together


class Queue(RuleBasedStateMachine):
    """Every draw gives exactly what a queue on paper would give."""

    def __init__(self) -> None:
        super().__init__()
        self.database = Database("sqlite://")
        Base.metadata.create_all(self.database.engine)
        self.bench = Bench(self.database)
        self.people = [self.bench.person() for _ in range(3)]
        self.waiting: list[str] = []
        self.held: dict[str, tuple[str, datetime]] = {}
        self.offset = timedelta()
        self.clock = patch.object(leases, "now", lambda: now() + self.offset)
        self.clock.start()

    def teardown(self) -> None:
        self.clock.stop()
        self.database.close()

    @rule(count=st.integers(1, 5))
    def something_is_found(self, count: int) -> None:
        self.waiting += self.bench.findings(count)

    @rule(seconds=st.sampled_from([1, 60, 119, 121]))
    def time_passes(self, seconds: int) -> None:
        self.offset += timedelta(seconds=seconds)

    @rule(who=st.integers(0, 2), count=st.integers(1, 6), keep=st.floats(0, 1))
    def somebody_draws(self, who: int, count: int, keep: float) -> None:
        person = self.people[who]
        mine = [key for key, (holder, _) in self.held.items() if holder == person.id]
        holding = mine[: int(keep * len(mine))]
        at = clock()
        free = [
            key
            for key in self._by_priority()
            if key not in holding
            and (self.held.get(key, (person.id, at))[0] == person.id or self.held[key][1] <= at)
        ]
        expected = [*holding, *free][:count]
        assert draw(self.bench, person, count, tuple(holding)) == expected
        until = clock() + leases.LEASE
        self.held |= dict.fromkeys([*holding, *expected], (person.id, until))

    @rule(who=st.integers(0, 2), which=st.floats(0, 0.99))
    def somebody_decides(self, who: int, which: float) -> None:
        if not self.waiting:
            return
        person, key = self.people[who], self.waiting[int(which * len(self.waiting))]
        holder, until = self.held.get(key, (person.id, clock()))
        if holder != person.id and until > clock():
            with pytest.raises(Conflict) as refused:
                defer(self.bench, person, key)
            assert refused.value.code == "finding-held"
            return
        defer(self.bench, person, key)
        self.waiting.remove(key)
        self.held.pop(key, None)

    @rule(who=st.integers(0, 2))
    def somebody_leaves(self, who: int) -> None:
        give_back(self.bench, self.people[who])
        self.held = {key: hold for key, hold in self.held.items() if hold[0] != self.people[who].id}

    def _by_priority(self) -> list[str]:
        with self.database.read() as session:
            rows = [session.get_one(Finding, key) for key in self.waiting]
        rows.sort(key=lambda row: (-row.severity, -row.confidence, row.first_seen_at, row.id))
        return [row.id for row in rows]


TestQueue = Queue.TestCase
TestQueue.settings = settings(
    max_examples=25, stateful_step_count=15, deadline=None, phases=[Phase.generate]
)


def test_a_dead_browser_keeps_nothing_for_ever(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = bench.findings(1)
    dead, alive = bench.person(), bench.person()
    assert draw(bench, dead) == [key]
    assert draw(bench, alive) == []
    later = now() + leases.LEASE
    monkeypatch.setattr(leases, "now", lambda: later + timedelta(seconds=1))
    assert draw(bench, alive) == [key]
    assert draw(bench, dead, holding=(key,)) == []  # it comes back too late


def test_who_may_not_see_a_camera_is_given_nothing_of_it(bench: Bench) -> None:
    bench.findings(2)
    person = bench.person()
    blind = Principal("user", person.id, person.name, Role.OPERATOR, camera_ids=frozenset())
    assert draw(bench, blind) == []
    with bench.database.read() as session:
        assert leases.remaining(session, principal=blind, state=PENDING) == 0
        assert leases.remaining(session, principal=person, state=PENDING) == 2


def test_only_supervisors_are_told_who_holds_a_finding(bench: Bench) -> None:
    (key,) = bench.findings(1)
    holder = bench.person()
    draw(bench, holder)
    for role in (Role.OPERATOR, Role.SUPERVISOR):
        with pytest.raises(Conflict) as refused:
            defer(bench, bench.person(role), key)
        named = refused.value.extra.get("held_by")
        assert named == (holder.name if role is Role.SUPERVISOR else None)
