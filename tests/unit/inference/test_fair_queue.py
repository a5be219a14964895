"""The scheduler alone: shares, order, and that nobody starves."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.fair_queue import URGENT_IN_A_ROW, FairQueue

_FLOWS = st.sampled_from("abcd")
_PUTS = st.lists(st.tuples(_FLOWS, st.booleans(), st.floats(0.1, 10.0)), max_size=60)
_STEPS = st.lists(
    st.one_of(st.none(), st.tuples(_FLOWS, st.booleans(), st.floats(0.1, 10.0))), max_size=80
)


def served(queue: FairQueue[tuple[str, bool, int]]) -> list[tuple[str, bool, int]]:
    return list(iter(queue.take, None))


def filled(puts: list[tuple[str, bool, float]]) -> FairQueue[tuple[str, bool, int]]:
    queue: FairQueue[tuple[str, bool, int]] = FairQueue()
    for number, (flow, urgent, cost) in enumerate(puts):
        queue.put((flow, urgent, number), flow=flow, urgent=urgent, cost=cost)
    return queue


@given(_STEPS)
def test_what_is_put_is_taken_once_and_what_a_flow_puts_in_its_order(
    steps: list[tuple[str, bool, float] | None],
) -> None:
    queue: FairQueue[tuple[str, bool, int]] = FairQueue()
    taken = []
    for number, step in enumerate(steps):
        if step is None:
            if (one := queue.take()) is not None:
                taken.append(one)
        else:
            flow, urgent, cost = step
            queue.put((flow, urgent, number), flow=flow, urgent=urgent, cost=cost)
    taken += served(queue)
    assert len(queue) == 0
    assert sorted(number for _, _, number in taken) == [
        number for number, step in enumerate(steps) if step is not None
    ]
    for flow in "abcd":
        for urgent in (True, False):
            own = [number for *of, number in taken if of == [flow, urgent]]
            assert own == sorted(own)


@given(st.dictionaries(_FLOWS, st.integers(1, 40), min_size=2), st.booleans())
def test_flows_that_wait_are_served_alike_however_much_one_has(
    waiting: dict[str, int], urgent: bool
) -> None:
    queue = filled([(flow, urgent, 1.0) for flow, many in waiting.items() for _ in range(many)])
    left, count = Counter(waiting), Counter[str]()
    for flow, _, _ in served(queue):
        count[flow] += 1
        left[flow] -= 1
        backlogged = [other for other in waiting if left[other] or other == flow]
        # Among those that still have something nobody is more than one ahead.
        assert all(count[flow] - count[other] <= 1 for other in backlogged)


@given(st.floats(0.2, 5.0), st.floats(0.2, 5.0))
def test_flows_share_the_work_and_not_the_number(cost_a: float, cost_b: float) -> None:
    queue = filled([("a", False, cost_a), ("b", False, cost_b)] * 60)
    given_to = {"a": 0.0, "b": 0.0}
    cost = {"a": cost_a, "b": cost_b}
    for flow, _, _ in served(queue)[:60]:
        given_to[flow] += cost[flow]
        # Goyal, Vin and Cheng, theorem 1: the services of two flows differ by their largest
        # items at most.
        assert abs(given_to["a"] - given_to["b"]) <= cost_a + cost_b + 1e-6


@given(st.integers(1, 200), st.integers(1, 30))
def test_a_newcomer_waits_for_one_of_each_other_flow_at_most(noisy: int, before: int) -> None:
    queue = filled([("noisy", False, 1.0)] * noisy)
    for _ in range(min(before, noisy - 1)):
        queue.take()
    ahead = queue.ahead(flow="quiet", urgent=False)
    queue.put(("quiet", False, -1), flow="quiet", urgent=False, cost=1.0)
    order = [flow for flow, *_ in served(queue)]
    assert order.index("quiet") <= 1
    assert order.index("quiet") == ahead


@given(_PUTS)
def test_the_urgent_go_first_and_the_rest_never_starves(
    puts: list[tuple[str, bool, float]],
) -> None:
    left = Counter(urgent for _, urgent, _ in puts)
    in_a_row = 0
    for _, urgent, _ in served(filled(puts)):
        if urgent:
            in_a_row = in_a_row + 1 if left[False] else 0
            assert in_a_row <= URGENT_IN_A_ROW
        else:
            assert not left[True] or in_a_row == URGENT_IN_A_ROW
            in_a_row = 0
        left[urgent] -= 1


@given(_PUTS, _FLOWS, st.booleans())
def test_how_many_are_ahead_is_never_said_too_low(
    puts: list[tuple[str, bool, float]], flow: str, urgent: bool
) -> None:
    queue = filled(puts)
    ahead = queue.ahead(flow=flow, urgent=urgent)
    queue.put((flow, urgent, -1), flow=flow, urgent=urgent, cost=1.0)
    order = [number for *_, number in served(queue)]
    assert order.index(-1) <= ahead + 1


@given(_PUTS, st.data())
def test_what_is_withdrawn_is_not_served_and_held_no_longer(
    puts: list[tuple[str, bool, float]], data: st.DataObject
) -> None:
    queue: FairQueue[int] = FairQueue()
    tickets = [
        queue.put(number, flow=flow, urgent=urgent, cost=cost)
        for number, (flow, urgent, cost) in enumerate(puts)
    ]
    gone = data.draw(st.sets(st.sampled_from(range(len(puts))))) if puts else set()
    for number in gone:
        queue.withdraw(tickets[number])
        queue.withdraw(tickets[number])
    assert len(queue) == len(puts) - len(gone)
    assert all(tickets[number].item is None for number in gone)
    assert sorted(iter(queue.take, None)) == sorted(set(range(len(puts))) - gone)


def test_only_the_urgent_are_taken_where_only_they_may_be() -> None:
    queue = filled([("a", False, 1.0), ("b", True, 1.0)])
    assert queue.take(urgent_only=True) == ("b", True, 1)
    assert queue.take(urgent_only=True) is None
    assert queue.take() == ("a", False, 0)


@pytest.mark.parametrize("urgent", [True, False])
def test_a_flow_that_was_away_has_saved_nothing_up(urgent: bool) -> None:
    queue = filled([("busy", urgent, 1.0)] * 10)
    for _ in range(8):
        queue.take()
    for _ in range(4):
        queue.put(("back", urgent, 0), flow="back", urgent=urgent, cost=1.0)
    assert [flow for flow, *_ in served(queue)].index("busy") <= 1
