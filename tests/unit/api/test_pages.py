from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import BadRequest
from api.pages import decode_cursor, encode_cursor, next_cursor


@given(st.integers(), st.floats(allow_nan=False), st.text(), st.datetimes(timezones=st.just(UTC)))
def test_a_cursor_gives_back_what_was_put_in(
    number: int, score: float, text: str, at: datetime
) -> None:
    cursor = encode_cursor(number, score, text, at, None)
    values = decode_cursor(cursor, int, float, str, datetime, str)
    assert values == [number, score, text, at, None]


@given(st.text(max_size=100).filter(lambda text: not text.startswith("W")))
def test_anything_else_is_refused_as_no_cursor(text: str) -> None:
    # Every cursor is a JSON list, whose "[" becomes a "W" in base64.
    with pytest.raises(BadRequest, match="start again"):
        decode_cursor(text, str, int)


@pytest.mark.parametrize("types", [(str,), (int, int), (str, str)])
def test_a_cursor_of_another_list_is_refused(types: tuple[type, ...]) -> None:
    with pytest.raises(BadRequest):
        decode_cursor(encode_cursor("a", 1), *types)


def test_the_last_page_has_no_cursor() -> None:
    rows = [SimpleNamespace(id=str(number)) for number in range(3)]
    assert next_cursor(rows, 3, "id") is None
    cursor = next_cursor(rows, 2, "id")
    assert cursor is not None
    assert decode_cursor(cursor, str) == ["1"]
