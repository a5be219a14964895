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

from api.serve import address
from models.errors import XunjianError

_PATIENCE_S = 180.0  # many models are loaded, on a busy laptop


class DidNotStart(XunjianError):
    """A process of the demonstration ended early or never became ready."""


def listen(preferred: int = 0) -> socket.socket:
    """Listen on a port of 127.0.0.1: the preferred one, or any free one when it is taken.

    The socket is handed to the process that serves on it, so that nobody takes the port between.
    """
    for port in (preferred, 0):
        try:
            return socket.create_server(("127.0.0.1", port), backlog=2048)
        except OSError:
            continue
    raise DidNotStart("no port of 127.0.0.1 is free")


@contextmanager
def running(
    arguments: Sequence[str],
    *,
    listener: socket.socket,
    log: Path,
    environment: Mapping[str, str],
    ready: str,
) -> Iterator[None]:
    """Run `xunjian ARGUMENTS` on a socket until the block ends; enter it when it is ready.

    Args:
        arguments: what follows `xunjian`.
        listener: what it listens on; closed here once the process has it.
        log: where the process writes.
        environment: variables beside the present ones.
        ready: path that is asked until it answers 200, for three minutes at most.

    Raises:
        DidNotStart: with the end of its log.
    """
    ready_url = address(listener) + ready
    with log.open("wb") as output, listener:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "xunjian", *arguments, "--fd", str(listener.fileno())],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
            pass_fds=[listener.fileno()],
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
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
    raise DidNotStart(f"{url} did not answer; the end of {log}:\n{tail}")
