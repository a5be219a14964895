"""Clips whose bytes are in an S3-compatible store."""

from pathlib import Path

import pytest

from api.clips.parts import PART_BYTES
from api.database import Database
from api.evidence.objects import ObjectStore
from api.settings import Settings
from tests.conftest import sqlite_only
from tests.integration.api.clips.yard import Yard, stored_bytes, work_all
from tests.integration.api.evidence.conftest import S3Server, moto_server

__all__ = ["moto_server"]


@pytest.fixture
def bucket(moto_server: S3Server) -> str:
    return moto_server.new_bucket()


@pytest.fixture
def settings(tmp_path: Path, database_url: str, moto_server: S3Server, bucket: str) -> Settings:
    """Give the settings of a service with its objects in S3."""
    return Settings(
        data_dir=tmp_path / "var",
        database_url=database_url,
        object_store=moto_server.url(bucket),
    )


@sqlite_only
def test_a_clip_goes_through_s3_and_leaves_it(
    yard: Yard,
    database: Database,
    objects: ObjectStore,
    folder: Path,
    clip: bytes,
    moto_server: S3Server,
    bucket: str,
) -> None:
    padded = clip + (8 + PART_BYTES).to_bytes(4) + b"free" + bytes(PART_BYTES)
    location = yard.begin(padded[:1000])
    done = yard.append(location, padded[1000:], 1000, last=True)
    assert done.status_code == 202, done.text
    assert stored_bytes(database, objects, done.json()["clip_id"]) == padded
    work_all(database, objects, folder)
    view = yard.get(location).json()
    assert (view["state"], len(view["finding_ids"])) == ("done", 1)
    left = [item.object_name for item in moto_server.client().list_objects(bucket, recursive=True)]
    assert len(left) == 4, "the pictures of one fall, and nothing of the upload"
