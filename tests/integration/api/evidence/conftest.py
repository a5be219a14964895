"""Object stores of every kind, each test in one of its own."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from minio import Minio
from moto.server import ThreadedMotoServer

from api.evidence.objects import ObjectStore, open_object_store
from tests.integration.api.evidence import ceph

_numbers = itertools.count(1)
# One cluster is enough, however many processes run the tests.
_CEPH = pytest.param("ceph", marks=[pytest.mark.ceph, pytest.mark.xdist_group("ceph")])


@dataclass(frozen=True)
class S3Server:
    """An S3 server that tests may fill."""

    address: str
    access: str
    secret: str

    def client(self) -> Minio:
        return Minio(
            self.address, access_key=self.access, secret_key=self.secret, secure=False, region=""
        )

    def url(self, bucket: str, *, secret: str | None = None) -> str:
        secret = quote(secret or self.secret, safe="")
        return f"s3://{quote(self.access, safe='')}:{secret}@{self.address}/{bucket}?secure=false"

    def new_bucket(self) -> str:
        name = f"bucket-{next(_numbers)}"
        self.client().make_bucket(name)
        return name


@pytest.fixture(scope="session")
def moto_server() -> Iterator[S3Server]:
    """Run moto's S3 server on loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield S3Server(f"{host}:{port}", "access", "secret/with+signs")
    server.stop()


@pytest.fixture(scope="session")
def ceph_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Run Ceph's RADOS gateway on loopback."""
    if missing := ceph.missing():
        pytest.skip(missing)
    with ceph.running(tmp_path_factory.mktemp("ceph")) as gateway:
        yield S3Server(gateway.address, gateway.access, gateway.secret)


@pytest.fixture(params=["moto", _CEPH])
def s3_server(request: pytest.FixtureRequest) -> S3Server:
    """Give each S3 server in turn."""
    server: S3Server = request.getfixturevalue(f"{request.param}_server")
    return server


@pytest.fixture(params=["folder", "moto", _CEPH])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the location of an empty store of each kind in turn."""
    if request.param == "folder":
        return str(tmp_path / "objects")
    server: S3Server = request.getfixturevalue(f"{request.param}_server")
    return server.url(server.new_bucket())


@pytest.fixture
def objects(location: str) -> ObjectStore:
    """Give an empty store of each kind in turn."""
    return open_object_store(location)
