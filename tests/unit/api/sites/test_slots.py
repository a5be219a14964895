"""Half days: none before it is over, each frame in one of them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from api.sites.slots import GRACE, Waiting, is_over, slots, thinned

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 1, tzinfo=UTC)


def waiting(minute: int) -> Waiting:
    at = START + timedelta(minutes=minute)
    return Waiting(f"frame {minute}", at, at + timedelta(seconds=2))


@given(st.lists(st.integers(0, 6 * 24 * 60), unique=True, min_size=1, max_size=60))
def test_each_frame_lies_in_one_slot_of_local_time_whatever_the_order(minutes: list[int]) -> None:
    found = slots([waiting(one) for one in minutes], zone=SHANGHAI)
    assert sorted(one.frame_id for slot in found for one in slot.frames) == sorted(
        f"frame {one}" for one in minutes
    )
    assert [slot.end for slot in found] == sorted(slot.end for slot in found)
    for slot in found:
        assert slot.end.hour in (0, 12)
        for one in slot.frames:
            assert slot.end - timedelta(hours=12) <= one.captured_at < slot.end


def test_a_slot_is_over_with_a_later_frame_or_some_time_after_its_end() -> None:
    (slot,) = slots([waiting(5)], zone=SHANGHAI)  # 08:05 in Shanghai
    newest = slot.frames[0].captured_at
    assert not is_over(slot, newest=newest, at=slot.end)
    assert is_over(slot, newest=newest, at=slot.end + GRACE)
    assert is_over(slot, newest=slot.end, at=newest)


@given(st.integers(1, 200), st.integers(1, 48))
def test_thinning_keeps_order_and_as_many_as_may_be(number: int, most: int) -> None:
    frames = [waiting(one) for one in range(number)]
    kept = thinned(frames, most)
    assert len(kept) == min(number, most)
    assert kept == sorted(set(kept), key=lambda one: one.captured_at)
