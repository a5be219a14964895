import pytest

from api.database import Database
from tests.integration.api.dispatch.town import Town


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)
