from functools import partial

import pytest

from api.database import Database
from tests.integration.api.reviews.road import Findings, gather


@pytest.fixture
def findings(database: Database) -> Findings:
    """Return a function that gathers potholes and returns the ids of their findings."""
    return partial(gather, database)
