"""A PostgreSQL cluster of the tests' own, from the installed binaries."""

import fcntl
import json
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

_OPTIONS = (
    "-c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off "
    "-c max_connections=300 -c shared_buffers=64MB"
)


class PostgresMissing(Exception):
    """No PostgreSQL server is installed."""


def start_once(shared: Path) -> str:
    """Return the URL of the cluster's server, and start it if nobody has.

    Args:
        shared: a folder that every process of the test session sees.
    """
    binaries = _binaries()
    with (shared / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = shared / "postgres.json"
        if not note.exists():
            note.write_text(json.dumps(_start(binaries)))
    return str(json.loads(note.read_text())["url"])


def stop(shared: Path) -> None:
    """Stop the cluster and remove it, if one was started."""
    note = shared / "postgres.json"
    if not note.exists():
        return
    folder = Path(json.loads(note.read_text())["folder"])
    command: list[str | Path] = [
        _binaries() / "pg_ctl",
        "stop",
        "-D",
        folder / "data",
        "-m",
        "immediate",
    ]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, **_unprivileged())
    shutil.rmtree(folder)
    note.unlink()


def _start(binaries: Path) -> dict[str, str]:
    folder = Path(tempfile.mkdtemp(prefix="xunjian-postgres-"))
    as_user = _unprivileged()
    if as_user:
        os.chown(folder, as_user["user"], as_user["group"])
    run: Callable[..., Any] = subprocess.run
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, **as_user}
    initdb = ["-D", folder / "data", "-U", "xunjian", "--auth=trust", "-E", "UTF8", "--no-sync"]
    run([binaries / "initdb", *initdb, "--locale=C"], **quiet)
    start = ["-D", folder / "data", "-l", folder / "log", "-w", "-o", f"{_OPTIONS} -k {folder}"]
    run([binaries / "pg_ctl", "start", *start], **quiet)
    return {"folder": str(folder), "url": f"postgresql://xunjian@/{{name}}?host={folder}"}


def _binaries() -> Path:
    """Find the server's binaries; Debian keeps them off the PATH."""
    folders = [Path(found).parent for found in [shutil.which("postgres")] if found]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise PostgresMissing(
        "PostgreSQL's server is not installed (Debian: apt-get install postgresql)"
    )


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then `nobody` runs it."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
