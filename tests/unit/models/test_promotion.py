import json
import os
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from models.errors import ModelInvalid, ModelNotFound, PromotionRefused
from models.promotion import history, promote, propose, rollback, serve, versions
from models.registry import Model, load_model

FEW: dict[str, Any] = {"figures": {}, "reason": None, "forced": False}
STEPS = (
    (os, "fsync"),
    (os, "open"),
    (Path, "rename"),
    (Path, "replace"),
    (Path, "mkdir"),
    (Path, "write_text"),
)
"""What a promotion asks of the system; a process may die at any of these."""


def write_model(folder: Path, content: bytes, version: str) -> None:
    crack = {"name": "crack", "label_zh": "裂缝", "label_en": "crack", "group": "crack"}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(content)
    (folder / "notes.md").write_text(f"What it is: {version}")
    (folder / "classes.json").write_text(
        json.dumps(
            {
                "model": "road_damage",
                "version": version,
                "input_size": 832,
                "classes": [crack | {"threshold": 0.3}],
            }
        )
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_model(tmp_path / "models/road_damage", b"shipped", "1.0.0")
    return tmp_path / "models"


@pytest.fixture
def candidate(tmp_path: Path) -> Callable[[bytes, str], Model]:
    def make(content: bytes, version: str) -> Model:
        folder = tmp_path / f"candidates/{version}"
        write_model(folder / "road_damage", content, version)
        return load_model("road_damage", "fp32", folder)

    return make


def served(root: Path) -> tuple[str, bytes, str]:
    """The model served, read to the last file: it must be of one piece."""
    model = load_model("road_damage", "fp32", root)
    return model.version, model.path.read_bytes(), (model.folder / "notes.md").read_text()


def log(root: Path) -> list[dict[str, Any]]:
    lines = (root / "road_damage/promotions.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


SHIPPED = ("1.0.0", b"shipped", "What it is: 1.0.0")


def test_a_promoted_candidate_is_served_and_recorded(
    root: Path, candidate: Callable[[bytes, str], Model]
) -> None:
    new = candidate(b"new", "1.1.0")
    record = promote(root, new, who="li", figures={"rows": [1]}, reason="more", forced=False)
    assert served(root) == ("1.1.0", b"new", "What it is: 1.1.0")
    assert log(root) == [record]
    assert record["who"] == "li"
    assert record["digests"] == {"model.onnx": new.digest}
    assert record["figures"] == {"rows": [1]}
    assert record["reason"] == "more"
    assert (root / "road_damage/model.onnx").read_bytes() == b"shipped"


def test_rolling_back_goes_back_step_by_step(
    root: Path, candidate: Callable[[bytes, str], Model]
) -> None:
    for version in ("1.1.0", "1.2.0"):
        promote(root, candidate(version.encode(), version), who="li", **FEW)
    assert served(root)[0] == "1.2.0"
    rollback(root, "road_damage", who="li", reason="worse at night")
    assert served(root) == ("1.1.0", b"1.1.0", "What it is: 1.1.0")
    rollback(root, "road_damage", who="li", reason=None)
    assert served(root) == SHIPPED
    with pytest.raises(PromotionRefused, match="nothing before that"):
        rollback(root, "road_damage", who="li", reason=None)
    assert [one["action"] for one in log(root)] == ["promote"] * 2 + ["rollback"] * 2
    assert log(root)[2]["reason"] == "worse at night"
    promote(root, candidate(b"again", "1.3.0"), who="li", **FEW)
    rollback(root, "road_damage", who="li", reason=None)
    assert served(root) == SHIPPED


def test_a_version_that_was_deleted_can_be_rolled_back(
    root: Path, candidate: Callable[[bytes, str], Model]
) -> None:
    record = promote(root, candidate(b"new", "1.1.0"), who="li", **FEW)
    shutil.rmtree(root / "road_damage/versions" / record["folder"])
    with pytest.raises(ModelInvalid, match="promoted but not there"):
        served(root)
    rollback(root, "road_damage", who="li", reason=None)
    assert served(root) == SHIPPED


def test_a_former_version_that_is_gone_is_told_and_nothing_changes(
    root: Path, candidate: Callable[[bytes, str], Model]
) -> None:
    first = promote(root, candidate(b"1", "1.1.0"), who="li", **FEW)
    promote(root, candidate(b"2", "1.2.0"), who="li", **FEW)
    shutil.rmtree(root / "road_damage/versions" / first["folder"])
    with pytest.raises(PromotionRefused, match="is gone"):
        rollback(root, "road_damage", who="li", reason=None)
    assert served(root)[0] == "1.2.0"


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, candidate: Callable[[bytes, str], Model]
) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(PromotionRefused, match="cannot be written") as raised:
        promote(tmp_path / "file", candidate(b"1", "1.1.0"), who="li", **FEW)
    assert "XUNJIAN_MODELS_DIR" in (raised.value.hint or "")


def test_without_a_promotion_nothing_is_rolled_back(root: Path) -> None:
    with pytest.raises(PromotionRefused, match="nothing was promoted"):
        rollback(root, "road_damage", who="li", reason=None)
    assert not (root / "road_damage/promoted.json").exists()


def test_the_first_of_its_name_can_be_promoted(
    tmp_path: Path, candidate: Callable[[bytes, str], Model]
) -> None:
    promote(tmp_path / "elsewhere", candidate(b"new", "1.1.0"), who="li", **FEW)
    assert served(tmp_path / "elsewhere")[0] == "1.1.0"
    rollback(tmp_path / "elsewhere", "road_damage", who="li", reason=None)
    with pytest.raises(ModelNotFound):
        load_model("road_damage", root=tmp_path / "elsewhere")


def test_the_service_finds_promoted_models_by_its_setting(
    tmp_path: Path, candidate: Callable[[bytes, str], Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XUNJIAN_MODELS_DIR", str(tmp_path / "promoted"))
    shipped = load_model("road_damage", "fp32")
    assert shipped.folder.parent.name == "models"
    promote(tmp_path / "promoted", candidate(b"new", "9.0.0"), who="li", **FEW)
    assert load_model("road_damage", "fp32").version == "9.0.0"
    rollback(tmp_path / "promoted", "road_damage", who="li", reason=None)
    assert load_model("road_damage", "fp32").folder == shipped.folder


def test_a_proposed_version_is_served_when_somebody_decides_so(
    root: Path, candidate: Callable[[bytes, str], Model]
) -> None:
    proposed = propose(root, candidate(b"new", "1.1.0"), who="li", **FEW)
    assert served(root) == SHIPPED
    assert history(root, "road_damage") == []
    assert [one["folder"] for one in versions(root, "road_damage")] == [proposed["folder"]]

    folder = proposed["folder"]
    record = serve(root, "road_damage", folder, who="wang", reason="asked", force=False)
    assert served(root) == ("1.1.0", b"new", "What it is: 1.1.0")
    assert (record["who"], record["reason"], record["former"]) == ("wang", "asked", None)
    assert history(root, "road_damage") == [record]
    with pytest.raises(PromotionRefused, match="already"):
        serve(root, "road_damage", folder, who="wang", reason=None, force=False)

    promote(root, candidate(b"newer", "1.2.0"), who="li", **FEW)
    rollback(root, "road_damage", who="li", reason=None)
    assert served(root)[0] == "1.1.0"
    rollback(root, "road_damage", who="li", reason=None)
    assert served(root) == SHIPPED
    newer = versions(root, "road_damage")[-1]["folder"]
    serve(root, "road_damage", newer, who="li", reason=None, force=False)
    assert served(root)[0] == "1.2.0"


def test_a_version_that_lost_something_is_served_only_by_force(
    root: Path, candidate: Callable[[bytes, str], Model]
) -> None:
    few = {**FEW, "forced": True}
    folder = propose(root, candidate(b"new", "1.1.0"), who="li", **few)["folder"]
    with pytest.raises(PromotionRefused, match="lost"):
        serve(root, "road_damage", folder, who="li", reason=None, force=False)
    assert served(root) == SHIPPED
    assert serve(root, "road_damage", folder, who="li", reason="so", force=True)["forced"]


def test_a_version_whose_files_were_changed_is_not_served(
    root: Path, candidate: Callable[[bytes, str], Model]
) -> None:
    folder = propose(root, candidate(b"new", "1.1.0"), who="li", **FEW)["folder"]
    (root / "road_damage/versions" / folder / "model.onnx").write_bytes(b"another")
    with pytest.raises(PromotionRefused, match="not those"):
        serve(root, "road_damage", folder, who="li", reason=None, force=True)
    assert served(root) == SHIPPED


@pytest.mark.parametrize("version", ["gone", "../../road_damage", ".incoming", ""])
def test_only_what_is_kept_is_served(
    root: Path, candidate: Callable[[bytes, str], Model], version: str
) -> None:
    propose(root, candidate(b"new", "1.1.0"), who="li", **FEW)
    with pytest.raises(ModelNotFound):
        serve(root, "road_damage", version, who="li", reason=None, force=True)
    assert versions(root, "../models/road_damage") == []
    assert served(root) == SHIPPED


def test_two_do_not_promote_at_once(root: Path, candidate: Callable[[bytes, str], Model]) -> None:
    import fcntl

    with (root / "road_damage/.promoting").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(PromotionRefused, match="someone else"):
            promote(root, candidate(b"new", "1.1.0"), who="li", **FEW)
    assert served(root) == SHIPPED


@pytest.mark.parametrize("pointer", ["{", '{"folder": "../../etc"}', '{"folder": "gone"}'])
def test_a_damaged_pointer_is_an_error_and_not_another_model(root: Path, pointer: str) -> None:
    (root / "road_damage/promoted.json").write_text(pointer)
    with pytest.raises(ModelInvalid):
        load_model("road_damage", root=root)


def die_at(step: int) -> None:
    """Let this process be killed at its step-th call to the system."""
    left = step
    for owner, name in STEPS:
        real = getattr(owner, name)

        def wrapped(*args: Any, real: Any = real, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        setattr(owner, name, wrapped)


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do the work in another process that is killed (-9) at a step; whether it came that far."""
    child = os.fork()
    if child == 0:
        die_at(step)
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_killed_anywhere_leaves_the_old_or_the_new_one(
    root: Path, candidate: Callable[[bytes, str], Model]
) -> None:
    """Promotion after promotion, each killed one step later than the one before, then repeated."""
    before, step, seen = served(root), 1, set()
    while True:
        version = f"1.{step}.0"
        new = candidate(version.encode(), version)
        killed = killed_at(step, partial(promote, root, new, who="li", **FEW))
        after = served(root)
        expected = (version, version.encode(), f"What it is: {version}")
        assert after in (before, expected), step
        seen.add(after == expected)
        promote(root, new, who="li", **FEW)
        assert served(root) == expected
        records = log(root)
        assert len({record["id"] for record in records}) == len(records)
        if after == expected:
            assert [record["version"] for record in records][-2:] == [version, version]
        before, step = expected, step + 1
        if not killed:
            break
    assert step > 12
    assert seen == {False, True}


def test_a_rollback_killed_anywhere_leaves_the_old_or_the_new_one(
    root: Path, candidate: Callable[[bytes, str], Model]
) -> None:
    promote(root, candidate(b"new", "1.1.0"), who="li", **FEW)
    step = 1
    while killed_at(step, lambda: rollback(root, "road_damage", who="li", reason=None)):
        assert served(root) in (SHIPPED, ("1.1.0", b"new", "What it is: 1.1.0"))
        if served(root) == SHIPPED:
            promote(root, candidate(b"new", "1.1.0"), who="li", **FEW)
        step += 1
    assert served(root) == SHIPPED
    assert step > 4
