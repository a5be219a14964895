"""One inspection's part of the demonstration. A new inspection is a new act in a file of its own.

Each does the same: `prepare` what its cameras see, `set_up` cameras and departments, `post` the
frames as a gateway does, `confirm` the findings as an operator does, and say what to `expect`.
"""

import os
import subprocess
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import httpx

from api.demo import frames
from api.demo.town import Town
from models.errors import XunjianError

_CONFIRMED_AT_MOST = 5
_IN_FLIGHT = 8


class NothingArrived(XunjianError):
    """The demonstration ended, and no case of an act reached a department."""


class Act(ABC):
    """One inspection's part of the demonstration.

    Args:
        folder: where its frames are laid; made if absent.

    Attributes:
        inspection: which.
        scene: which of `xunjian synthesize demo` its cameras see.
        telling: what is said while its frames are posted.
        listed_in: the list of its frames or clips.
        posted_by: the command of `xunjian gateway` that posts them.
        told: what is said of its findings at the end, where numbers do not say it all.
        shown: cases, as `GET /v1/cases/{id}` gives them, whose timelines are shown at the end.
    """

    inspection: ClassVar[str]
    scene: ClassVar[str]
    telling: ClassVar[str]
    listed_in: ClassVar[str] = "frames.csv"
    posted_by: ClassVar[str] = "post"
    told: str = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shown: list[dict[str, Any]] = []
        self._rendering: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)

    def prepare(self) -> None:
        """Begin to make the frames, beside everything else."""
        self._rendering = subprocess.Popen(  # noqa: S603 - our own command
            [
                *(sys.executable, "-m", "xunjian", "synthesize", "demo"),
                *("--scene", self.scene, "--out", str(self.folder)),
            ],
            stdout=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        """Stop making frames, if that still goes on."""
        if self._rendering is not None:
            self._rendering.kill()
            self._rendering.wait()

    def rows(self) -> list[dict[str, str]]:
        """Wait for the frames; return their list, moved in time so that the last one is new.

        Raises:
            NothingArrived: they could not be made.
        """
        if self._rendering is not None and self._rendering.wait() != 0:
            raise NothingArrived(f"rendering the frames of {self.inspection} failed")
        return self.move()

    def move(self) -> list[dict[str, str]]:
        """Move the frames in time; return their list."""
        return frames.end_now(self.folder / self.listed_in)

    @property
    def title(self) -> str:
        """What it is called at the end."""
        return self.inspection

    @abstractmethod
    def set_up(self, town: Town, rows: list[dict[str, str]]) -> str:
        """Register cameras, departments and whatever else the inspection rests on.

        Args:
            town: where.
            rows: the list of the frames.

        Returns:
            The secret of the gateway that posts them.
        """

    def post(self, url: str, token: str, queue: Path) -> None:
        """Post every frame through a gateway.

        Raises:
            NothingArrived: when the gateway could not.
        """
        at_once = str(min(os.cpu_count() or 1, _IN_FLIGHT))
        posted = subprocess.run(  # noqa: S603 - our own command
            [
                *(sys.executable, "-m", "xunjian", "gateway", self.posted_by, str(self.folder)),
                *("--url", url, "--queue", str(queue), "--concurrency", at_once),
            ],
            env={**os.environ, "XUNJIAN_TOKEN": token},
            check=False,
        )
        if posted.returncode != 0:
            raise NothingArrived("the gateway could not post everything")

    def findings(self, people: httpx.Client, **wanted: str | int) -> list[dict[str, Any]]:
        """Return the inspection's findings, the most urgent first."""
        answer = people.get(
            "/v1/findings", params={"inspection": self.inspection, "limit": 200, **wanted}
        )
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    def settle(self, operator: httpx.Client) -> None:  # noqa: B027 - most have nothing to await
        """Do what must be done and wait for what must come before its findings are there.

        Raises:
            NothingArrived: it did not come in time.
        """

    def confirm(self, operator: httpx.Client) -> list[str]:
        """Confirm the first findings of the queue, as an operator would; leave the others.

        Returns:
            The ids of the cases that were opened.

        Raises:
            NothingArrived: the findings were not there in time.
        """
        self.settle(operator)
        opened = []
        for finding in self.findings(operator, state="pending_review", limit=_CONFIRMED_AT_MOST):
            answer = operator.post(
                f"/v1/findings/{finding['id']}/review", json={"verdict": "confirm"}
            )
            opened.append(str(answer.raise_for_status().json()["case"]["id"]))
        return opened

    def expect(self, opened: list[str], received: list[str]) -> None:
        """Check that the act ended as it should.

        Args:
            opened: ids of the cases that `confirm` opened.
            received: ids of the cases that reached a department.

        Raises:
            NothingArrived: none of its cases did.
        """
        if not set(opened) & set(received):
            raise NothingArrived(f"no case of {self.inspection} reached a department")


@dataclass(frozen=True, slots=True)
class Ended:
    """An act that was played.

    Attributes:
        act: which.
        frames: how many were posted.
        posted_s: how long that took, seconds.
        opened: ids of the cases that the operator's confirmations opened.
    """

    act: Act
    frames: int
    posted_s: float
    opened: list[str]
