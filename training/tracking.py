"""Writes down what a run was told and how it went: in MLflow where it is installed, else in files.

Without `MLFLOW_TRACKING_URI`, MLflow keeps its records in one file beside the runs, `mlflow.db`.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol


class Tracker(Protocol):
    """Takes the record of one run."""

    def params(self, values: Mapping[str, Any]) -> None:
        """Record what the run was told."""

    def metrics(self, values: Mapping[str, float], step: int) -> None:
        """Record figures, e.g. losses after an epoch (`step`, from 1)."""


class FileTracker:
    """`params.json` and `metrics.jsonl` in the run's folder; a resumed run goes on in them."""

    def __init__(self, run: Path) -> None:
        self._run = run

    def params(self, values: Mapping[str, Any]) -> None:
        """Record what the run was told, in place of what it was told before."""
        text = json.dumps(dict(values), ensure_ascii=False, indent=2, default=str)
        (self._run / "params.json").write_text(text + "\n", "utf-8")

    def metrics(self, values: Mapping[str, float], step: int) -> None:
        """Append one line."""
        with (self._run / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **values}) + "\n")


class MlflowTracker:
    """One MLflow run, taken up again when the training is resumed."""

    def __init__(self, client: Any, run_id: str) -> None:
        self._client = client
        self._run_id = run_id

    def params(self, values: Mapping[str, Any]) -> None:
        """Record what the run was told; MLflow never changes a parameter once written."""
        written = self._client.get_run(self._run_id).data.params
        for name, value in values.items():
            if name not in written:
                self._client.log_param(self._run_id, name, value)

    def metrics(self, values: Mapping[str, float], step: int) -> None:
        """Record figures."""
        for name, value in values.items():
            # MLflow takes letters, digits and _-./ and space in names; ultralytics adds brackets.
            self._client.log_metric(self._run_id, name.replace("(B)", ""), value, step=step)


@contextlib.contextmanager
def open_tracker(run: Path, params: Mapping[str, Any]) -> Iterator[Tracker]:
    """Open the record of the run in a folder, and write down what it was told.

    Args:
        run: The run's folder; with MLflow, `mlflow_run` in it holds the id to go on with.
        params: What the run was told.
    """
    run.mkdir(parents=True, exist_ok=True)
    if find_spec("mlflow") is None:
        tracker: Tracker = FileTracker(run)
        tracker.params(params)
        yield tracker
        return
    with _mlflow_run(run) as tracker:
        tracker.params(params)
        yield tracker


@contextlib.contextmanager
def _mlflow_run(run: Path) -> Iterator[MlflowTracker]:
    from mlflow import MlflowClient

    local = f"sqlite:///{run.parent.resolve() / 'mlflow.db'}"
    store = os.environ.get("MLFLOW_TRACKING_URI") or local
    client = MlflowClient(store)
    known = run / "mlflow_run"
    if known.is_file():
        run_id = known.read_text("utf-8").strip()
        client.update_run(run_id, status="RUNNING")
    else:
        found = client.get_experiment_by_name("xunjian")
        experiment = found.experiment_id if found else client.create_experiment("xunjian")
        run_id = client.create_run(experiment, run_name=run.name).info.run_id
        known.write_text(run_id, "utf-8")
    try:
        yield MlflowTracker(client, run_id)
    except BaseException:
        client.set_terminated(run_id, "KILLED")
        raise
    client.set_terminated(run_id, "FINISHED")
