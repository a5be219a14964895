"""Starts the services that are measured, each in a process of its own, and stops them again."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from models.errors import XunjianError

GATEWAY = "bench"
_START_WITHIN_S = 180.0
_STOP_WITHIN_S = 30.0


class BenchError(XunjianError):
    """A service that should be measured did not start."""


@dataclass(frozen=True, slots=True)
class Running:
    """A service that answers.

    Attributes:
        port: On 127.0.0.1.
        pid: Its process.
        token: What the gateway `bench` authenticates with; empty where none is needed.
    """

    port: int
    pid: int
    token: str = ""

    def peak_memory_mb(self) -> float | None:
        """Return the most memory it ever had resident, in MiB; None where /proc does not tell."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return None
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@contextmanager
def xunjian_service(variant: str, cameras: Sequence[str]) -> Iterator[Running]:
    """Run `xunjian serve` on SQLite and a folder, with one gateway and its cameras.

    Args:
        variant: Model variant: `auto`, `fp32` or `int8`.
        cameras: Names of the cameras.

    Raises:
        BenchError: It did not become ready.
    """
    with gateways_service(variant, {GATEWAY: cameras}) as (running, tokens):
        yield replace(running, token=tokens[GATEWAY])


@contextmanager
def gateways_service(
    variant: str, gateways: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Running, dict[str, str]]]:
    """Run `xunjian serve` on SQLite and a folder, with several gateways.

    Args:
        variant: Model variant: `auto`, `fp32` or `int8`.
        gateways: Names of each one's cameras.

    Returns:
        The service, and what each gateway authenticates with.

    Raises:
        BenchError: It did not become ready.
    """
    with tempfile.TemporaryDirectory(prefix="xunjian-bench-") as folder:
        environment = {"XUNJIAN_DATA_DIR": folder, "XUNJIAN_MODEL_VARIANT": variant}

        def command(*arguments: str) -> str:
            done = subprocess.run(
                [sys.executable, "-m", "xunjian", *arguments],
                env=os.environ | environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise BenchError(f"xunjian {' '.join(arguments)}: {done.stderr.strip()}")
            return done.stdout.strip()

        command("db", "upgrade")
        tokens = {}
        for gateway, cameras in gateways.items():
            tokens[gateway] = command("token", "create", gateway, "--gateway", gateway)
            for camera in cameras:
                command("camera", "create", camera, "--gateway", gateway)
        with serve_xunjian(environment) as running:
            yield running, tokens


@contextmanager
def serve_xunjian(environment: Mapping[str, str]) -> Iterator[Running]:
    """Run `xunjian serve` on a database that has its tables.

    Args:
        environment: Variables that say where the data is.

    Raises:
        BenchError: It did not become ready.
    """
    port = _free_port()
    arguments = ["-m", "xunjian", "serve", "--port", str(port)]
    with _process(arguments, environment, port, "/readyz") as pid:
        yield Running(port, pid)


@contextmanager
def naive_service(input_size: int) -> Iterator[Running]:
    """Run the naive service.

    Args:
        input_size: Long side of the model's input in pixels.

    Raises:
        BenchError: It did not become ready.
    """
    port = _free_port()
    environment = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false"}
    arguments = ["-m", "benchmarks.naive", str(port), str(input_size)]
    with _process(arguments, environment, port, "/openapi.json") as pid:
        yield Running(port, pid)


@contextmanager
def _process(
    arguments: list[str], environment: Mapping[str, str], port: int, ready_path: str
) -> Iterator[int]:
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments], env=os.environ | environment, stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + _START_WITHIN_S
            while not _answers(f"http://127.0.0.1:{port}{ready_path}"):
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise BenchError(f"{' '.join(arguments)} did not start:\n{log.read()[-2000:]}")
                time.sleep(0.2)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
