"""Starting and ending the processes of the demonstration."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from models.errors import XunjianError


class DidNotStart(XunjianError):
    """A process of the demonstration ended early or never became ready."""


def free_port(preferred: int) -> int:
    """Return the preferred port of the loopback address, or any free one when it is taken."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DidNotStart("no port of 127.0.0.1 is free")


@contextmanager
def running(
    arguments: Sequence[str], *, log: Path, environment: Mapping[str, str], ready_url: str
) -> Iterator[None]:
    """Run `xunjian ARGUMENTS` until the block ends; enter it when `ready_url` answers 200.

    Args:
        arguments: what follows `xunjian`.
        log: where the process writes.
        environment: variables beside the present ones.
        ready_url: asked until it answers 200, for a minute at most.

    Raises:
        DidNotStart: with the end of its log.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "xunjian", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, ready_url, log)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
    raise DidNotStart(f"{url} did not answer; the end of {log}:\n{tail}")
