import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.plates.decoding import decode_plate
from models.plate_text import ALL_PATTERNS, CHARSET, is_plate

BLANK = len(CHARSET)
PLATES = st.sampled_from(ALL_PATTERNS).flatmap(
    lambda pattern: st.tuples(*map(st.sampled_from, pattern)).map("".join)
)


def saying(*columns: dict[str, float]) -> NDArray[np.float64]:
    """Log probabilities of columns that give each named character its share, `_` is the blank."""
    shares = np.full((len(columns), BLANK + 1), 1e-9)
    for row, column in zip(shares, columns, strict=True):
        for character, share in column.items():
            row[BLANK if character == "_" else CHARSET.index(character)] = share
    log_shares: NDArray[np.float64] = np.log(shares / shares.sum(axis=1, keepdims=True))
    return log_shares


def spelled(text: str, sure: float = 0.9) -> list[dict[str, float]]:
    columns: list[dict[str, float]] = [{"_": 1.0}]
    for character in text:
        columns += [{character: sure, "_": 1 - sure}, {"_": 1.0}]
    return columns


@given(PLATES)
@settings(deadline=None)
def test_any_plate_spelled_out_is_read(text: str) -> None:
    assert decode_plate(saying(*spelled(text))).text == text


def test_a_character_held_over_columns_counts_once_and_repeats_need_a_blank() -> None:
    columns = spelled("京AA1122")
    held = [column for column in columns for _ in range(2)]
    assert decode_plate(saying(*held)).text == "京AA1122"


def test_the_grammar_decides_where_the_eye_cannot() -> None:
    columns = spelled("京B88888")
    columns[3] = {"8": 0.6, "B": 0.4}  # second position: a letter
    columns[13] = {"B": 0.5, "8": 0.45}  # last position: both may stand there
    assert decode_plate(saying(*columns)).text == "京B8888B"


def test_a_lost_province_is_guessed_and_scored_low() -> None:
    columns = spelled("A12345")
    columns[0] = {"_": 0.9, "沪": 0.06, "苏": 0.04}
    found = decode_plate(saying(*columns))
    assert found.text == "沪A12345"
    assert found.score < 0.06


def test_the_score_is_the_product_of_the_characters() -> None:
    assert decode_plate(saying(*spelled("京A12345", sure=0.9))).score == pytest.approx(
        0.9**7, abs=1e-3
    )


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=25)
def test_whatever_it_is_shown_the_answer_is_a_plate(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 3, (32, BLANK + 1))
    noise -= np.logaddexp.reduce(noise, axis=1, keepdims=True)
    found = decode_plate(noise)
    assert is_plate(found.text)
    assert 0 <= found.score <= 1
