from pathlib import Path

import pytest

from api.database import Database
from api.evidence.folder import FolderStore
from tests.integration.api.falls.street import Street


@pytest.fixture
def street(database: Database, tmp_path: Path) -> Street:
    """Give a camera before a building; its objects lie where the service looks for them."""
    return Street(database, FolderStore(tmp_path / "var" / "objects"))
