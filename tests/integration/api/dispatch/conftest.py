from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from api.database import Database
from api.sandbox.app import SandboxOptions, create_sandbox
from api.settings import Settings
from tests.conftest import serving
from tests.integration.api.dispatch.town import API_KEY, SECRET, SECRET_KEY, Department, Town


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Send nothing in the service itself: the tests send, step by step."""
    return settings.model_copy(update={"delivery_threads": 0})


@pytest.fixture(autouse=True)
def same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the service open the secrets that the town has sealed."""
    monkeypatch.setattr("api.app.load_secret_key", lambda _: SECRET_KEY)


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


@pytest.fixture
def make_department() -> Iterator[Callable[..., Department]]:
    with ExitStack() as stack:

        def make(**options: object) -> Department:
            chosen = SandboxOptions(**{"secret": SECRET, "api_key": API_KEY, **options})  # type: ignore[arg-type]
            return Department(stack.enter_context(serving(create_sandbox(chosen))))

        yield make


@pytest.fixture
def department(make_department: Callable[..., Department]) -> Department:
    return make_department()
