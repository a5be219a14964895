"""What the tests share: databases of both kinds, a real service over HTTP, and who speaks to it."""

import itertools
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx
import hypothesis
import psycopg
import pytest
import structlog
import uvicorn
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from fastapi import FastAPI
from starlette.applications import Starlette

from api import migrations
from api.accounts import service as accounts
from api.accounts.hashing import hash_password
from api.accounts.models import Token, User
from api.app import create_app
from api.cameras import service as cameras
from api.cameras.models import Camera, CameraKind
from api.database import Database
from api.gateways import service as gateways
from api.gateways.models import Gateway
from api.permissions import Role
from api.serve import Server
from api.settings import Settings
from api.tables import metadata
from datasets.synthesis.road import golden_frame
from tests import postgres

# How long an example takes says how busy the machine is, nothing of what is tested.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")

PASSWORD = "correct horse battery staple"
_PASSWORD_HASH = hash_password(PASSWORD)
_numbers = itertools.count(1)


# Into the standard library's logging, where pytest captures it. The default renders tracebacks
# with every variable, which takes minutes.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(key_order=["event"]),
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop PostgreSQL when the last process of the test session is done."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    if factory is not None and not hasattr(session.config, "workerinput"):
        postgres.stop(factory.getbasetemp())


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """Return the URL (with `{name}`) of a server that has this process's `template_…` database."""
    base = tmp_path_factory.getbasetemp()
    try:
        url = postgres.start_once(base if worker_id == "master" else base.parent)
    except postgres.PostgresMissing as missing:
        pytest.skip(str(missing))
    _administer(url, f"CREATE DATABASE template_{worker_id}")
    _make_tables(url.format(name=f"template_{worker_id}"))
    return url


def _make_tables(url: str) -> None:
    """Make every table as the models say and note the revision, as if by migrations."""
    database = Database(url)
    with database.engine.begin() as connection:
        metadata.create_all(connection)
        script = ScriptDirectory(str(Path(migrations.__file__).parent))
        MigrationContext.configure(connection).stamp(script, "head")
    database.close()


def _administer(url: str, statement: str) -> None:
    with psycopg.connect(url.format(name="postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with every table, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    _make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the URL of a new SQLite database with every table."""
    path = shutil.copy(sqlite_template, tmp_path / "xunjian.sqlite3")
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgres_template: str, worker_id: str) -> Iterator[str]:
    """Return the URL of a new PostgreSQL database with every table."""
    name = f"test_{worker_id}_{next(_numbers)}"
    _administer(postgres_template, f"CREATE DATABASE {name} TEMPLATE template_{worker_id}")
    yield postgres_template.format(name=name)
    _administer(postgres_template, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a new database with every table, of each kind in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


# For what has nothing to do with the kind of database.
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Give a new database with every table, of each kind in turn."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Give the settings of a service in a folder of the test's own."""
    return Settings(
        data_dir=tmp_path / "var", database_url=database_url, undo_s=0, second_review_share=0
    )


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """Give the application; it runs once `base_url` or `client` is asked for."""
    return create_app(settings)


@pytest.fixture
def base_url(app: FastAPI) -> Iterator[str]:
    """Run the application in a real server on loopback; give its address."""
    with serving(app) as url:
        yield url


class serving:  # noqa: N801 - a context manager, used like a function
    """Run an application in a real uvicorn server on a free loopback port, in a thread."""

    def __init__(self, app: Starlette) -> None:
        config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="on")
        self._server = Server(config)
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the application did not start; the log says why")
            time.sleep(0.005)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture
def client(base_url: str) -> Iterator[httpx.Client]:
    """Give a client that is nobody."""
    with httpx.Client(base_url=base_url, timeout=60) as client:
        yield client


class MakeUser(Protocol):
    """Makes a user whose password is `PASSWORD`."""

    def __call__(
        self, role: Role | str, *, camera_ids: list[str] | None = None, username: str | None = None
    ) -> User: ...


@pytest.fixture
def make_user(database: Database) -> MakeUser:
    """Give a function that makes users."""

    def make(
        role: Role | str, *, camera_ids: list[str] | None = None, username: str | None = None
    ) -> User:
        with database.write() as session:
            return accounts.create_user(
                session,
                username=username or f"{role}-{next(_numbers)}",
                display_name=f"the {role}",
                password_hash=_PASSWORD_HASH,
                role=Role(role),
                camera_ids=camera_ids,
                actor="system",
            )

    return make


@dataclass(frozen=True)
class GatewayToken:
    """A gateway and a token of it."""

    gateway: Gateway
    token: Token
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        """Return the header that says who posts."""
        return {"Authorization": f"Bearer {self.secret}"}


@pytest.fixture
def make_gateway_token(database: Database) -> Callable[[], GatewayToken]:
    """Give a function that makes a gateway with a token."""

    def make() -> GatewayToken:
        with database.write() as session:
            gateway = gateways.create_gateway(
                session, name=f"gateway-{next(_numbers)}", actor="system"
            )
            token, secret = accounts.create_token(
                session,
                name=gateway.name,
                role=Role.GATEWAY,
                gateway_id=gateway.id,
                expires_at=None,
                actor="system",
            )
        return GatewayToken(gateway, token, secret)

    return make


class MakeCamera(Protocol):
    """Makes a camera, a bus's by default, of a gateway of its own by default."""

    def __call__(
        self,
        *,
        gateway: Gateway | None = None,
        name: str | None = None,
        kind: CameraKind = CameraKind.BUS,
    ) -> Camera: ...


@pytest.fixture
def make_camera(database: Database, make_gateway_token: Callable[[], GatewayToken]) -> MakeCamera:
    """Give a function that makes cameras."""

    def make(
        *,
        gateway: Gateway | None = None,
        name: str | None = None,
        kind: CameraKind = CameraKind.BUS,
    ) -> Camera:
        gateway = gateway or make_gateway_token().gateway
        with database.write() as session:
            return cameras.create_camera(
                session,
                name=name or f"camera-{next(_numbers)}",
                kind=kind,
                gateway_id=gateway.id,
                inspections=["road_damage"],
                actor="system",
            )

    return make


@pytest.fixture(scope="session")
def rendered_road_jpeg() -> bytes:
    """Give a rendered picture of a road on which the detector finds something."""
    return golden_frame().jpeg


class SignIn(Protocol):
    """Signs a new user of a role in; gives a client with the session and its CSRF token."""

    def __call__(
        self, role: Role | str, *, camera_ids: list[str] | None = None
    ) -> httpx.Client: ...


@pytest.fixture
def sign_in(base_url: str, make_user: MakeUser) -> Iterator[SignIn]:
    """Give a function that signs users in."""
    clients: list[httpx.Client] = []

    def sign(role: Role | str, *, camera_ids: list[str] | None = None) -> httpx.Client:
        user = make_user(role, camera_ids=camera_ids)
        client = httpx.Client(base_url=base_url, timeout=60)
        clients.append(client)
        answer = client.post("/v1/session", json={"username": user.username, "password": PASSWORD})
        answer.raise_for_status()
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client

    yield sign
    for client in clients:
        client.close()
