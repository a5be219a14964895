"""Hours of rules, at their edges."""

from datetime import datetime

import pytest

from api.rules.hours import Hours, any_holds


@pytest.mark.parametrize(
    ("hours", "moment", "holds"),
    [  # 2026-11-22 is a Sunday
        ("07:00-09:00", "2026-11-22 06:59:59", False),
        ("07:00-09:00", "2026-11-22 07:00:00", True),
        ("07:00-09:00", "2026-11-22 08:59:59", True),
        ("07:00-09:00", "2026-11-22 09:00:00", False),
        ("22:00-06:00", "2026-11-22 21:59:59", False),
        ("22:00-06:00", "2026-11-22 22:00:00", True),
        ("22:00-06:00", "2026-11-22 00:00:00", True),
        ("22:00-06:00", "2026-11-22 05:59:59", True),
        ("22:00-06:00", "2026-11-22 06:00:00", False),
        ("sat 22:00-06:00", "2026-11-22 05:00:00", True),  # began on Saturday
        ("sun 22:00-06:00", "2026-11-22 05:00:00", False),
        ("sun 22:00-06:00", "2026-11-23 05:00:00", True),
        ("mon-fri 00:00-24:00", "2026-11-22 12:00:00", False),
        ("fri-mon 00:00-24:00", "2026-11-22 12:00:00", True),
        ("sat,sun 00:00-24:00", "2026-11-22 23:59:59", True),
        ("20:00-24:00", "2026-11-22 23:59:59", True),
        ("20:00-24:00", "2026-11-22 00:00:00", False),
    ],
)
def test_edges(hours: str, moment: str, holds: bool) -> None:
    assert Hours.parse(hours).hold(datetime.fromisoformat(moment)) == holds


@pytest.mark.parametrize(
    "text",
    ["7-9", "07:00", "07:00-07:00", "07:60-08:00", "24:00-06:00", "25:00-26:00", "x 07:00-08:00"],
)
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="is"):
        Hours.parse(text)


def test_no_hours_mean_always() -> None:
    assert any_holds([], datetime.fromisoformat("2026-11-22"))
