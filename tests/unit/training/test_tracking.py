import contextlib
import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from training.errors import TrainingError
from training.lock import hold_run
from training.tracking import open_tracker


@pytest.fixture
def without_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.tracking.find_spec", lambda _: None)


@pytest.mark.usefixtures("without_mlflow")
def test_without_mlflow_files_tell_of_the_run_and_of_its_resumption(tmp_path: Path) -> None:
    run = tmp_path / "runs/mine"
    with open_tracker(run, {"epochs": 3, "model": Path("yolo26n.pt")}) as tracker:
        tracker.metrics({"loss": 2.5}, 1)
    with open_tracker(run, {"epochs": 5, "model": "last.pt"}) as tracker:
        tracker.metrics({"loss": 1.5}, 2)
    assert json.loads((run / "params.json").read_text()) == {"epochs": 5, "model": "last.pt"}
    lines = (run / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"step": 1, "loss": 2.5},
        {"step": 2, "loss": 1.5},
    ]


@pytest.mark.skipif(find_spec("mlflow") is None, reason="mlflow is not installed")
def test_mlflow_keeps_one_run_over_a_resumption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    run = tmp_path / "runs/mine"
    with open_tracker(run, {"epochs": 3}) as tracker:
        tracker.metrics({"metrics/mAP50(B)": 0.2}, 1)
    with contextlib.suppress(KeyboardInterrupt), open_tracker(run, {"epochs": 5}) as tracker:
        tracker.metrics({"metrics/mAP50(B)": 0.3}, 2)
        raise KeyboardInterrupt
    client = MlflowClient(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    (found,) = client.search_runs(["1"])
    assert found.data.params == {"epochs": "3"}
    assert found.info.status == "KILLED"
    history = client.get_metric_history(found.info.run_id, "metrics/mAP50")
    assert [(one.step, one.value) for one in history] == [(1, 0.2), (2, 0.3)]


def test_a_run_is_held_by_one_process_until_it_ends(tmp_path: Path) -> None:
    with hold_run(tmp_path / "run"):
        with (
            pytest.raises(TrainingError, match=r"process \d+ is training in"),
            hold_run(tmp_path / "run"),
        ):
            pass
        with hold_run(tmp_path / "other"):
            pass
    with hold_run(tmp_path / "run"):
        pass
