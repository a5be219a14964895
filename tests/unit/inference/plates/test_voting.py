from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.detections import PlateReading
from inference.plates.voting import vote

SQUARE = ((0.0, 0.0), (9.0, 0.0), (9.0, 3.0), (0.0, 3.0))
TEXTS = st.text("京沪AB129", max_size=8)
READINGS = st.builds(
    PlateReading,
    text=TEXTS,
    text_score=st.floats(0, 1),
    color=st.sampled_from(["blue", "green", "unknown"]),
    polygon=st.just(SQUARE),
)


def reading(text: str, score: float, color: str = "blue") -> PlateReading:
    return PlateReading(text, score, color, SQUARE)


def test_each_position_goes_to_the_weightier_character() -> None:
    joined = vote(
        [reading("京A12345", 0.6), reading("京A12845", 0.5), reading("津A12345", 0.4, "green")]
    )
    assert joined.text == "京A12345"
    assert joined.color == "blue"
    assert 0.4 < joined.text_score < 0.6  # two of seven characters were disputed


def test_three_weak_frames_outvote_a_stronger_one() -> None:
    frames = [reading("京A12345", 0.9), *[reading("京A72345", 0.4)] * 3]
    assert vote(frames).text == "京A72345"


def test_readings_of_another_length_do_not_shift_characters() -> None:
    frames = [reading("粤BD12345", 0.8), reading("粤B12345", 0.5), reading("粤BD12345", 0.3)]
    assert vote(frames).text == "粤BD12345"


def test_unreadable_frames_have_no_voice() -> None:
    assert vote([reading("", 0.9), reading("京A12345", 0.3)]).text == "京A12345"
    assert vote([reading("", 0.1), reading("", 0.2)]) == reading("", 0.2)


def test_nothing_cannot_vote() -> None:
    with pytest.raises(ValueError, match="no reading"):
        vote([])


@given(READINGS, st.integers(1, 5))
def test_frames_that_agree_keep_their_reading(one: PlateReading, times: int) -> None:
    joined = vote([one] * times)
    assert joined.text_score == pytest.approx(one.text_score)
    assert replace(joined, text_score=one.text_score) == one


@given(
    st.lists(READINGS, min_size=1, max_size=6).flatmap(
        lambda frames: st.tuples(st.just(frames), st.permutations(frames))
    )
)
def test_the_order_of_frames_does_not_matter(
    orders: tuple[list[PlateReading], list[PlateReading]],
) -> None:
    first, second = (vote(frames) for frames in orders)
    assert first.text == second.text
    assert first.color == second.color
    assert first.text_score == pytest.approx(second.text_score)


@given(st.lists(READINGS, min_size=1, max_size=6))
def test_nothing_is_made_up(frames: list[PlateReading]) -> None:
    joined = vote(frames)
    readable = [one for one in frames if one.text and one.text_score > 0]
    assert 0 <= joined.text_score <= max(one.text_score for one in readable or frames)
    if readable:
        voters = [one for one in readable if len(one.text) == len(joined.text)]
        for position, character in enumerate(joined.text):
            assert character in {one.text[position] for one in voters}
        assert joined.color in {one.color for one in voters}
