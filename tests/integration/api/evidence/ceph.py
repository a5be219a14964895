"""The smallest Ceph cluster that serves S3: one monitor, one OSD in memory, one RADOS gateway."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

_PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
_PATIENCE_S = 90
_CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = v1:127.0.0.1:{mon_port}
auth cluster required = none
auth service required = none
auth client required = none
auth allow insecure global id reclaim = false
run dir = {folder}
admin socket = {folder}/$name.asok
log file = {folder}/$name.log
pid file = {folder}/$name.pid
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr2 = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 1000
mon warn on pool no redundancy = false
osd objectstore = memstore
memstore device bytes = 268435456
osd crush chooseleaf type = 0
osd crush update on start = false
osd class update on start = false
osd data = {folder}/osd
osd journal = {folder}/osd/journal
mon data = {folder}/mon
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{gateway_port}
rgw thread pool size = 16
"""


@dataclass(frozen=True)
class RadosGateway:
    """A running gateway and the keys of its one user."""

    address: str
    access: str
    secret: str


def missing() -> str | None:
    """Say what is not installed, or None when a cluster can be started."""
    absent = [program for program in _PROGRAMS if shutil.which(program) is None]
    if not absent:
        return None
    return f"Ceph is not installed ({', '.join(absent)}): apt install radosgw ceph-mon ceph-osd"


@contextmanager
def running(folder: Path) -> Iterator[RadosGateway]:
    """Run a cluster in a folder until the block ends."""
    fsid, mon_port, gateway_port = str(uuid4()), _free_port(), _free_port()
    for name in ("mon", "osd", "rgw"):
        (folder / name).mkdir()
    configuration = folder / "ceph.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            fsid=fsid, folder=folder, mon_port=mon_port, gateway_port=gateway_port
        )
    )
    conf = ["--conf", str(configuration)]

    def run(*command: str) -> str:
        done = subprocess.run(
            [command[0], *conf, *command[1:]],
            check=True,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
        )
        return done.stdout

    monmap = str(folder / "monmap")
    address = f"[v1:127.0.0.1:{mon_port}]"
    subprocess.run(
        ["monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, monmap],
        check=True,
        capture_output=True,
    )
    with ExitStack() as stack:

        def start(*command: str) -> None:
            log = stack.enter_context((folder / f"{command[0]}.out").open("wb"))
            process = subprocess.Popen(
                [command[0], *conf, "--foreground", *command[1:]], stdout=log, stderr=log
            )
            stack.callback(_stop, process)

        run("ceph-mon", "--mkfs", "--id", "a", "--monmap", monmap)
        start("ceph-mon", "--id", "a")
        run("ceph", "osd", "new", osd := str(uuid4()))
        run("ceph-osd", "--id", "0", "--mkfs", "--osd-uuid", osd)
        # An OSD that places itself may ask before it knows the cluster's id, and is then refused.
        run("ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=local")
        start("ceph-osd", "--id", "0")
        _wait_for(lambda: json.loads(run("ceph", "osd", "stat", "-f", "json"))["num_up_osds"] == 1)
        start("radosgw", "--id", "gateway")
        address = f"127.0.0.1:{gateway_port}"
        _wait_for(lambda: httpx.get(f"http://{address}").is_success)
        made = run("radosgw-admin", "user", "create", "--uid=xunjian", "--display-name=Xunjian")
        keys = json.loads(made)["keys"][0]
        yield RadosGateway(address, keys["access_key"], keys["secret_key"])


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # nothing of it is kept
    process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_for(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            if done():
                return
        except (httpx.HTTPError, subprocess.SubprocessError):
            pass
        if time.monotonic() > deadline:
            raise TimeoutError("the Ceph cluster did not start; its logs lie in its folder")
        time.sleep(0.2)
