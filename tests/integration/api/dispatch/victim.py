"""A sender in a process of its own that kills itself, as kill -9 does, when it comes to a step."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event

from api.database import Database
from api.permissions import Role
from api.principal import Principal
from api.reviews import undoing
from tests.integration.api.dispatch.town import Town

_ON_ITS_WAY_S = 0.3


def run(url: str, step: str, drop_dir: Path | None = None, timeout_s: float = 2.0) -> None:
    """Send what is due; die at the step.

    Args:
        url: of the database.
        step: `before` or `after` lease, send or record; `inside` record, before it commits;
            `during` send, while the department takes its time to answer.
        drop_dir: where the folders of departments that get files are.
        timeout_s: how long a department may take to answer.
    """
    town = Town(Database(url), drop_dir=drop_dir)
    sender = town.sender(timeout_s=timeout_s)
    when, _, where = step.partition(" ")

    def dying(method: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if when == "before":
                _die()
            if when == "during":
                threading.Timer(_ON_ITS_WAY_S, _die).start()
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


def undo(url: str, review_id: str, user_id: str, when: str) -> None:
    """Undo a review; die `before commit` or `after commit`."""
    database = Database(url)
    if when == "before commit":
        event.listen(database.engine, "commit", lambda _: _die())
    with database.write() as session:
        operator = Principal("user", user_id, "operator", Role.OPERATOR)
        undoing.undo(session, review_id=review_id, principal=operator)
    _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
