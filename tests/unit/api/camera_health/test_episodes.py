"""Troubles of a camera, whatever comes in whatever order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from api.camera_health.episodes import RETURNS_WITHIN, Episode, Observation, Seen, follow
from api.camera_health.models import AnyTrouble

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
TROUBLES: tuple[AnyTrouble, ...] = ("dark", "blurred", "frozen", "silent")


@st.composite
def observations(draw: st.DrawFn) -> list[Observation]:
    """Return what is seen round after round: troubles, health, both, or nothing at all."""
    at, seen = AT, []
    for _ in range(draw(st.integers(1, 30))):
        at += timedelta(minutes=draw(st.integers(1, 90)))
        found = draw(st.sets(st.sampled_from(TROUBLES), max_size=2))
        well = draw(st.sets(st.sampled_from(TROUBLES)))
        since = at - timedelta(minutes=draw(st.integers(0, 120)))
        seen.append(
            Observation(
                {one: Seen(min(since, at), at) for one in found}, dict.fromkeys(well, since)
            )
        )
    return seen


@given(observations())
@settings(max_examples=300)
def test_troubles_begin_once_and_end_by_health_alone(seen: list[Observation]) -> None:
    episodes: list[Episode] = []
    for one in seen:
        before, episodes = episodes, follow(episodes, one)
        lasting = [each.trouble for each in episodes if each.lasting]
        assert len(lasting) == len(set(lasting)), "one trouble lasts twice"
        assert set(one.found) <= set(lasting), "what is seen is not written"
        for old, new in zip(before, episodes, strict=False):
            assert (old.trouble, old.first_at) == (new.trouble, new.first_at)
            assert new.last_at >= old.last_at
            if old.lasting and not new.lasting:
                assert one.well_since[old.trouble] > old.last_at, "it ended without health"
            if new.lasting and not old.lasting:
                returned_after = one.found[new.trouble].first_at - old.last_at
                assert returned_after <= RETURNS_WITHIN
        if not one.well_since:
            assert [each for each in before if each.lasting] == [
                each for each in before if each.lasting and episodes[before.index(each)].lasting
            ], "silence ended a trouble"
        assert follow(episodes, one) == episodes, "the same seen again changes something"


def test_a_camera_that_flickers_is_in_one_trouble() -> None:
    episodes: list[Episode] = []
    for minutes in range(0, 600, 40):
        dark = AT + timedelta(minutes=minutes)
        well = dark + timedelta(minutes=20)
        episodes = follow(episodes, Observation({"dark": Seen(dark, dark)}))
        episodes = follow(episodes, Observation(well_since={"dark": well}))
    (one,) = episodes
    assert (one.first_at, one.lasting) == (AT, False)


def test_a_trouble_that_returns_after_an_hour_is_another_one() -> None:
    episodes = follow([], Observation({"dark": Seen(AT, AT)}))
    episodes = follow(episodes, Observation(well_since={"dark": AT + timedelta(minutes=1)}))
    later = AT + RETURNS_WITHIN + timedelta(minutes=1)
    episodes = follow(episodes, Observation({"dark": Seen(later, later)}))
    assert [(one.first_at, one.lasting) for one in episodes] == [(AT, False), (later, True)]
