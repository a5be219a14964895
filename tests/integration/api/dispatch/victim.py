"""A sender in a process of its own that kills itself, as kill -9 does, when it comes to a step."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event

from api.database import Database
from tests.integration.api.dispatch.town import Town


def run(url: str, step: str, drop_dir: Path | None = None) -> None:
    """Send what is due; die at the step: `before`, `after` or, of record, `inside` one."""
    town = Town(Database(url), drop_dir=drop_dir)
    sender = town.sender()
    when, _, where = step.partition(" ")

    def dying(method: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if when == "before":
                _die()
            if when == "inside":
                event.listen(town.database.engine, "commit", lambda _: _die())
            result = method(*args, **kwargs)
            if result is not None:
                _die()
            return result

        return wrapped

    if when != "never":
        setattr(sender, where, dying(getattr(sender, where)))
    while sender.run_once():
        pass


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
