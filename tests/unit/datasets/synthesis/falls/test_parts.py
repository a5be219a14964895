from pathlib import Path
from typing import get_args

from datasets.synthesis.falls.parts import Part, wishes_for

PHOTOS = [Path(f"{number}.jpg") for number in range(40)]


def test_no_photograph_is_in_two_parts() -> None:
    photos = [set(wishes_for(part, 0, PHOTOS).photos) for part in get_args(Part)]
    assert set.union(*photos) == set(PHOTOS)
    assert sum(map(len, photos)) == len(PHOTOS)
    assert all(photos)


def test_a_seed_always_holds_the_same() -> None:
    for seed in range(10):
        assert wishes_for("train", seed) == wishes_for("train", seed)


def test_what_judges_holds_what_is_claimed() -> None:
    held = [wishes_for("test", seed) for seed in range(700_000, 700_010)]
    assert [one.falls for one in held].count(2) == 8
    assert [one.falls for one in held].count(0) == 2
    assert [one.size_px for one in held].count((3.0, 4.0)) == 1
    assert len([one for one in held if one.fps in (8.0, 10.0)]) == 1


def test_validation_holds_falls_of_the_same_kinds() -> None:
    for seed in range(10):
        tuned, judged = wishes_for("validation", seed), wishes_for("test", seed)
        assert (tuned.falls, tuned.size_px, tuned.fps) == (judged.falls, judged.size_px, judged.fps)
