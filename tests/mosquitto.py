"""An MQTT broker of the tests' own: Eclipse Mosquitto, from the installed binary."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER, PASSWORD = "xunjian", "s3cret/with+signs"


class MosquittoMissing(Exception):
    """No Mosquitto is installed."""


@contextmanager
def broker(folder: Path, *, users: bool = False, certificate: Path | None = None) -> Iterator[str]:
    """Run a broker on a free loopback port; give its address.

    Args:
        folder: for its files.
        users: whether it lets in only `USER`.
        certificate: its certificate and key, to speak TLS.
    """
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        raise MosquittoMissing("Mosquitto is not installed (Debian: mosquitto)")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    lines = [f"listener {port} 127.0.0.1", "user root"]
    if users:
        known = folder / "users"
        known.touch(mode=0o700)
        subprocess.run(["mosquitto_passwd", "-b", known, USER, PASSWORD], check=True)
        lines += ["allow_anonymous false", f"password_file {known}"]
    else:
        lines += ["allow_anonymous true"]
    if certificate is not None:
        lines += [f"certfile {certificate}", f"keyfile {certificate}"]
    settings = folder / "mosquitto.conf"
    settings.write_text("\n".join(lines) + "\n")
    process = subprocess.Popen([program, "-c", settings], stderr=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield f"{'mqtt' if certificate is None else 'mqtts'}://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"mosquitto ended with {process.returncode}")
