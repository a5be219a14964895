"""kill -9 at every step that changes the disk, and at any time: nothing lost, all counted."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.unit.gateway.queue.crashes import MAX_BYTES
from tests.unit.gateway.queue.things import KEY


def crashes(folder: Path, key: bytes | None, how: str) -> list[dict[str, Any]]:
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "tests.unit.gateway.queue.crashes"),
            *(str(folder), (key or b"").hex(), how),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_kill_9_at_every_step_loses_nothing_and_counts_exactly(tmp_path: Path) -> None:
    runs = crashes(tmp_path / "queue", None, "steps")
    assert [run["killed"] for run in runs] == [True] * (len(runs) - 1) + [False]
    assert len(runs) > 120
    for step, run in enumerate(runs):
        told = Counter(what for what, _ in run["told"])
        gone = run["dropped"] + run["refused"] + run["damaged"] + run["damaged_later"]
        # What was under way when the kill came may have happened or not: one thing at most.
        there = len(run["waiting"]) + gone + told["done"]
        assert told["put"] - 1 <= there <= told["put"] + 1, (step, run)
        assert run["refused"] - told["refused"] in (0, 1), (step, run)
        assert run["damaged"] - told["damaged"] in (0, 1), (step, run)
        assert (run["refused_files"], run["damaged_files"]) == (run["refused"], run["damaged"])
        assert run["bytes"] <= MAX_BYTES
        assert run["torn"] == []
        # Nothing is there twice, and nothing came back that had been parted with.
        assert len(set(run["waiting"])) == len(run["waiting"])
    last = runs[-1]
    assert last["dropped"] > 3
    assert (last["refused"], last["damaged"]) == (1, 1)


def test_kill_9_at_any_time_loses_nothing_that_was_put(tmp_path: Path) -> None:
    runs = crashes(tmp_path / "queue", KEY, "7")
    assert all(run["killed"] for run in runs)
    for run in runs:
        put = {second for what, second in run["told"] if what == "put"}
        done = {second for what, second in run["told"] if what == "done"}
        waiting = set(run["waiting"])
        assert len(put - done - waiting) <= 1  # the one that was just being done
        assert not waiting & done
        assert len(waiting - put) <= 1  # the one that was just being put
        assert run["damaged"] + run["damaged_later"] + run["dropped"] == 0
