"""A worker in a process of its own that kills itself, as kill -9 does, when it comes to a step."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event

from api.database import Database
from tests.integration.api.sites.yard import Yard


def run(url: str, folder: str, step: str) -> None:
    """Work; die in mid-composite, while what came of it is written, or right after a commit."""
    yard = Yard(Database(url), Path(folder))
    if step == "composing":
        yard.handler.work = _after(yard.handler.work)  # type: ignore[method-assign]
    if step == "writing":
        event.listen(yard.database.engine, "before_cursor_execute", _die_at_composite)
    if step == "written":
        yard.worker.record = _after(yard.worker.record)  # type: ignore[method-assign]
    yard.work()


def _after(method: Callable[..., Any]) -> Callable[..., Any]:
    def dying(*args: Any) -> None:
        method(*args)
        os.kill(os.getpid(), signal.SIGKILL)

    return dying


def _die_at_composite(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    if statement.startswith("INSERT INTO composites"):
        os.kill(os.getpid(), signal.SIGKILL)
