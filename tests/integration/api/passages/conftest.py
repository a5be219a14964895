"""A checkpoint in a database of each kind."""

import pytest

from api.database import Database
from tests.integration.api.passages.gate import Gate


@pytest.fixture
def gate(database: Database) -> Gate:
    """Give a checkpoint with a department, a register and one rule that asks it."""
    gate = Gate(database)
    gate.camera()
    gate.department()
    return gate
