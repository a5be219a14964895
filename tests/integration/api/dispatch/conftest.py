from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from api.database import Database
from api.sandbox.app import SandboxOptions, create_sandbox
from tests.conftest import serving
from tests.integration.api.dispatch.town import API_KEY, SECRET, Department, Town


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
