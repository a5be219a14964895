import pytest

from api.database import Database
from tests.integration.api.leases.people import Bench


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)
