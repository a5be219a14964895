"""The pace finds what the service takes, and gateways that share a service share it fairly.

Nothing here sleeps: a small world is simulated event by event, with a clock of its own.
"""

import heapq
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.uplink import Pace
from gateway.uplink.pace import Turn


@dataclass
class World:
    """A service that serves `workers` at once and lets `room` more wait; the rest gets 429."""

    workers: int
    room: int
    takes_s: float = 0.1
    retry_after_s: float | None = 1.0
    seed: int = 0
    now: float = 0.0
    events: list[tuple[float, int, "Sender", Turn, bool]] = field(default_factory=list)
    inside: int = 0
    numbers: int = 0
    down: bool = False

    def sender(self, ceiling: int) -> "Sender":
        chance = random.Random(self.seed * 1000 + self.numbers)
        self.numbers += 1
        pace = Pace(ceiling, monotonic=lambda: self.now, uniform=chance.uniform)
        return Sender(self, pace, chance)

    def run(self, senders: list["Sender"], seconds: float) -> None:
        until = self.now + seconds
        while True:
            for sender in senders:
                sender.send()
            wakes = [self.now + s.pace.wait_s() + 1e-9 for s in senders if s.pace.wait_s() > 0]
            upcoming = [self.events[0][0]] if self.events else []
            self.now = min([until, *upcoming, *wakes])
            if self.now >= until:
                return
            while self.events and self.events[0][0] <= self.now:
                _, _, sender, turn, taken = heapq.heappop(self.events)
                sender.ended(turn, taken)

    def arrive(self, sender: "Sender", turn: Turn) -> None:
        self.numbers += 1
        taken = not self.down and self.inside < self.workers + self.room
        # What must wait takes longer, as in a real queue.
        queue = max(self.inside - self.workers + 1, 0) / self.workers
        takes_s = self.takes_s * (1 + queue) * sender.chance.uniform(0.9, 1.1) if taken else 0.005
        self.inside += taken
        heapq.heappush(self.events, (self.now + takes_s, self.numbers, sender, turn, taken))


@dataclass
class Sender:
    """A gateway that always has something to send."""

    world: World
    pace: Pace
    chance: random.Random
    taken: int = 0
    refused: int = 0
    most: int = 0

    def send(self) -> None:
        while (turn := self.pace.begin()) is not None:
            self.world.arrive(self, turn)
            self.most = max(self.most, self.pace.in_flight)

    def ended(self, turn: Turn, taken: bool) -> None:
        self.world.inside -= taken
        if taken:
            self.taken += 1
            self.pace.answered(turn)
        else:
            self.refused += 1
            self.pace.slow_down(turn, wait_s=self.world.retry_after_s)
        self.pace.end()


@pytest.mark.parametrize("workers", [1, 4, 12])
def test_the_pace_stays_about_what_the_service_takes(workers: int) -> None:
    world = World(workers=workers, room=workers)
    takes = world.workers + world.room
    sender = world.sender(64)
    world.run([sender], 120)
    sender.taken = sender.refused = 0
    limits = []
    for _ in range(300):
        world.run([sender], 1)
        limits.append(sender.pace.limit)
    assert takes // 2 <= min(limits)
    assert max(limits) <= takes + 1
    assert max(limits) > takes * 3 // 4
    assert sender.refused < 3 * sender.taken / takes**2, "the price of looking for room"


def test_with_the_services_own_queue_most_of_its_time_is_used() -> None:
    world = World(workers=4, room=32)  # XUNJIAN_MAX_QUEUE
    senders = [world.sender(16) for _ in range(4)]
    world.run(senders, 60)
    for sender in senders:
        sender.taken = 0
    world.run(senders, 200)
    assert sum(sender.taken for sender in senders) > 0.8 * 200 / world.takes_s * world.workers


@pytest.mark.parametrize("seed", range(3))
def test_who_comes_later_gets_an_equal_share(seed: int) -> None:
    world = World(workers=8, room=8, seed=seed)
    first, second = world.sender(32), world.sender(32)
    world.run([first], 60)
    first.taken = 0
    world.run([first, second], 60)
    first.taken = second.taken = 0
    world.run([first, second], 200)
    shares = [first.taken, second.taken]
    # Jain's index of fairness (Chiu and Jain, 1989): 1 when all have the same, 0.5 when one has all
    fairness = sum(shares) ** 2 / (2 * sum(share**2 for share in shares))
    assert fairness > 0.97, shares


@settings(max_examples=15)
@given(ceiling=st.integers(1, 16), seed=st.integers(0, 1000))
def test_never_more_than_the_ceiling_and_never_none_for_good(ceiling: int, seed: int) -> None:
    world = World(workers=2, room=3, seed=seed)
    sender = world.sender(ceiling)
    world.run([sender], 20)
    world.down, world.retry_after_s = True, None
    world.run([sender], 300)
    assert sender.pace.limit == 1
    assert sender.pace.wait_s() <= 60
    world.down = False
    sender.taken = 0
    world.run([sender], 120)
    assert sender.taken > 0
    assert sender.most <= ceiling


def test_one_more_after_a_whole_window_and_half_as_many_once_a_window() -> None:
    now = 0.0
    pace = Pace(16, monotonic=lambda: now, uniform=max)

    def window() -> list[Turn]:
        turns = []
        while (turn := pace.begin()) is not None:
            turns.append(turn)
        return turns

    limits = []
    for _ in range(60):  # one success of a full window each
        turns = window()
        pace.answered(turns[-1])
        for _ in turns:
            pace.end()
        limits.append(pace.limit)
    assert limits[:9] == [2, 3, 3, 3, 4, 4, 4, 4, 5]
    assert pace.limit == 11
    turns = window()
    assert len(turns) == 11
    for one in turns:  # all of them were in flight when the first was told to wait
        pace.slow_down(one, wait_s=2.0)
        pace.end()
    assert pace.limit == 5
    assert pace.wait_s() == 3.0, "for everybody, and half as long again at most"
    assert pace.begin() is None
    now = 3.0
    assert len(window()) == 5


def test_a_wait_of_nothing_is_not_believed() -> None:
    pace = Pace(4, monotonic=lambda: 0.0, uniform=min)
    turn = pace.begin()
    assert turn is not None
    pace.slow_down(turn, wait_s=0.0)
    assert pace.wait_s() == 0.5


def test_what_was_answered_after_a_decrease_does_not_make_up_for_it() -> None:
    pace = Pace(8, monotonic=lambda: 0.0)
    first, second = pace.begin(), pace.begin()
    assert first is not None
    assert second is not None
    pace.slow_down(first)
    pace.answered(second)
    assert pace.limit == 1


def test_waits_double_until_the_longest_and_begin_anew_after_a_success() -> None:
    now = 0.0
    pace = Pace(4, monotonic=lambda: now, uniform=max)
    waits = []
    for _ in range(10):
        turn = pace.begin()
        assert turn is not None
        pace.slow_down(turn)
        pace.end()
        waits.append(pace.wait_s())
        now += pace.wait_s()
    assert waits == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    turn = pace.begin()
    assert turn is not None
    pace.answered(turn)
    pace.slow_down(turn)
    assert pace.wait_s() == 0.5
