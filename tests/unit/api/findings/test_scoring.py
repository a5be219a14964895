"""Confidence grows with looks; severity with size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.findings.scoring import GroupRule, confidence, rule_for

Scores = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(Scores, st.floats(0, 1))
def test_every_look_makes_a_finding_surer(scores: list[float], one_more: float) -> None:
    before, after = confidence(scores), confidence([*scores, one_more])
    assert 0 < before <= after <= 0.99
    assert after > before or before == 0.99


@given(st.floats(0.2, 0.95))
def test_one_look_gives_its_score(score: float) -> None:
    assert confidence([score]) == pytest.approx(score)


@given(Scores)
def test_the_order_of_looks_does_not_matter(scores: list[float]) -> None:
    assert confidence(scores) == pytest.approx(confidence(scores[::-1]))


def test_nothing_seen_is_no_confidence() -> None:
    assert confidence([]) == 0.0


@pytest.mark.parametrize(
    ("group", "size_m", "severity"),
    [
        ("pothole", 0.1, 1),
        ("pothole", 0.3, 2),
        ("pothole", 0.5, 3),
        ("pothole", 0.75, 4),
        ("pavement_crack", 0.5, 1),
        ("pavement_crack", 5.0, 3),
    ],
)
def test_severity_by_size(group: str, size_m: float, severity: int) -> None:
    assert rule_for("road_damage", group).severity(size_m) == severity


def test_a_group_without_a_rule_has_the_plain_one() -> None:
    assert rule_for("road_damage", "something_new") == GroupRule()


@pytest.mark.parametrize(
    ("surety", "frames", "enough"), [(0.3, 1, False), (0.5, 1, True), (0.3, 2, True)]
)
def test_when_an_operator_should_look(surety: float, frames: int, enough: bool) -> None:
    assert GroupRule().is_enough(surety, frames) is enough
