"""Byte ranges as players ask for them."""

import pytest
from starlette.requests import Request

from api.evidence.ranges import ranged

DATA = bytes(range(100))


def ask(**headers: str) -> tuple[int, bytes, str | None]:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "method": "GET", "headers": raw})
    answer = ranged(request, DATA, media_type="video/mp4", headers={"ETag": '"tag"'})
    return answer.status_code, bytes(answer.body), answer.headers.get("content-range")


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", (0, 99)),
        ("bytes=10-19", (10, 19)),
        ("bytes=90-500", (90, 99)),
        ("bytes=-5", (95, 99)),
        ("bytes=-500", (0, 99)),
        ("bytes=99-99", (99, 99)),
    ],
)
def test_a_part_is_given(asked: str, part: tuple[int, int]) -> None:
    first, last = part
    assert ask(range=asked) == (206, DATA[first : last + 1], f"bytes {first}-{last}/100")
    assert ask(range=asked, if_range='"tag"')[0] == 206


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=200-300", "bytes=-0"])
def test_a_part_behind_the_end_is_refused(asked: str) -> None:
    assert ask(range=asked) == (416, b"", "bytes */100")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"range": "bytes=-"},
        {"range": "bytes=20-10"},
        {"range": "items=0-5"},
        {"range": "bytes=0-5,10-15"},
        {"range": "bytes=0-5", "if_range": '"older"'},
    ],
)
def test_everything_else_gets_everything(headers: dict[str, str]) -> None:
    assert ask(**headers) == (200, DATA, None)
