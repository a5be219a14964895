"""Shares alone: never more than there is, and always something for a newcomer."""

from hypothesis import given
from hypothesis import strategies as st

from api.frames.shares import Share

_TAKES = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 30), st.booleans()))


@given(st.integers(1, 500), _TAKES)
def test_no_more_is_held_than_there_is(total: int, takes: list[tuple[str, int, bool]]) -> None:
    share = Share(total)
    held = []
    for gateway, amount, live in takes:
        if share.admits(gateway, amount, live=live):
            share.take(gateway, amount)
            held.append((gateway, amount))
        assert share.used == sum(amount for _, amount in held) <= total
    for gateway, amount in held:
        share.give_back(gateway, amount)
    assert share.used == 0
    assert share.admits("a", total, live=True)


@given(st.integers(8, 60), st.booleans(), st.integers(1, 4))
def test_however_much_some_want_a_newcomer_finds_a_place(
    total: int, live: bool, noisy: int
) -> None:
    share = Share(total)
    for _ in range(total):
        for gateway in map(str, range(noisy)):
            if share.admits(gateway, live=live):
                share.take(gateway)
    if total >= 8 * noisy:
        assert share.admits("quiet", live=live)


@given(st.integers(8, 60), st.integers(1, 20))
def test_what_is_live_finds_a_place_however_much_is_brought_up(total: int, gateways: int) -> None:
    share = Share(total)
    for _ in range(total):
        for gateway in map(str, range(gateways)):
            if share.admits(gateway, live=False):
                share.take(gateway)
    assert share.total - share.used >= total // 4
    assert share.admits("live", live=True)


@given(st.integers(40, 90), st.integers(2, 5))
def test_those_that_want_alike_get_alike(total: int, gateways: int) -> None:
    share = Share(total)
    got = dict.fromkeys(map(str, range(gateways)), 0)
    for _ in range(total):
        for gateway in got:
            if share.admits(gateway, live=False):
                share.take(gateway)
                got[gateway] += 1
    assert max(got.values()) - min(got.values()) <= 1
    assert min(got.values()) >= 1


def test_what_is_held_for_a_block_is_given_back_whatever_happens() -> None:
    share = Share(4)
    try:
        with share.holding("a"):
            assert share.used == 1
            raise RuntimeError
    except RuntimeError:
        pass
    assert share.used == 0
