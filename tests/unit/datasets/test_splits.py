import pytest

from datasets.splits import HELD_OUT_SHARE, is_held_out


def test_the_rule_never_changes() -> None:
    assert [is_held_out(f"{index}.jpg") for index in range(8)] == [
        True,
        True,
        False,
        False,
        False,
        True,
        False,
        False,
    ]


def test_about_the_share_is_held_out() -> None:
    held_out = sum(is_held_out(f"photo{index}.jpg") for index in range(10_000))
    assert held_out / 10_000 == pytest.approx(HELD_OUT_SHARE, abs=0.02)


def test_a_smaller_share_is_part_of_a_larger_one() -> None:
    names = [f"photo{index}.jpg" for index in range(500)]
    assert {n for n in names if is_held_out(n, 0.1)} <= {n for n in names if is_held_out(n, 0.3)}
    assert not any(is_held_out(n, 0) for n in names)
    assert all(is_held_out(n, 1) for n in names)
