"""What every object store must do, on each of them."""

import hashlib
import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.evidence.errors import (
    ObjectCorrupt,
    ObjectMissing,
    StoreMisconfigured,
    StoreUnavailable,
)
from api.evidence.objects import ObjectStore, object_key, open_object_store
from tests.integration.api.evidence.conftest import S3Server

PICTURE = b"\xff\xd8\xff picture " * 5000


def test_gives_back_what_was_put_under_the_hash_of_its_content(objects: ObjectStore) -> None:
    key = objects.put(PICTURE, "image/jpeg")
    digest = hashlib.sha256(PICTURE).hexdigest()
    assert key == f"sha256/{digest[:2]}/{digest}"
    assert objects.get(key) == PICTURE


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.binary(max_size=3000))
def test_keeps_any_bytes(objects: ObjectStore, data: bytes) -> None:
    assert objects.get(objects.put(data, "application/octet-stream")) == data


def test_putting_the_same_again_changes_nothing(objects: ObjectStore) -> None:
    assert objects.put(PICTURE, "image/jpeg") == objects.put(PICTURE, "image/jpeg")


def test_concurrent_puts_of_one_key_all_succeed_and_leave_it_whole(location: str) -> None:
    stores = [open_object_store(location) for _ in range(4)]
    start = threading.Barrier(8)

    def put(number: int) -> str:
        start.wait()
        return stores[number % 4].put(PICTURE, "image/jpeg")

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(put, range(8)))
    assert len(keys) == 1
    assert stores[0].get(keys.pop()) == PICTURE


def test_an_unknown_key_is_missing(objects: ObjectStore) -> None:
    with pytest.raises(ObjectMissing):
        objects.get(object_key("0" * 64))


@pytest.mark.parametrize("key", ["", "../secret.key", "sha256/ab/../../x", "sha256/00/" + "a" * 64])
def test_what_is_no_key_is_missing(objects: ObjectStore, key: str) -> None:
    with pytest.raises(ObjectMissing):
        objects.get(key)


def test_a_store_that_works_passes_its_check(objects: ObjectStore) -> None:
    objects.check()


class TestFolder:
    def test_tells_of_a_changed_file(self, tmp_path: Path) -> None:
        store = open_object_store(str(tmp_path))
        key = store.put(PICTURE, "image/jpeg")
        (tmp_path / key).write_bytes(PICTURE[:-1])
        with pytest.raises(ObjectCorrupt):
            store.get(key)

    def test_leaves_nothing_but_the_object(self, tmp_path: Path) -> None:
        store = open_object_store(str(tmp_path))
        key = store.put(PICTURE, "image/jpeg")
        store.check()
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / key]

    def test_is_on_the_disk_before_it_has_its_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        steps: list[str] = []
        sync, rename = os.fsync, Path.replace

        def fsync(descriptor: int) -> None:
            is_folder = Path(f"/proc/self/fd/{descriptor}").is_dir()
            steps.append("sync folder" if is_folder else "sync file")
            sync(descriptor)

        def replace(source: Path, target: Path) -> Path:
            steps.append("rename")
            return rename(source, target)

        store = open_object_store(str(tmp_path))
        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(Path, "replace", replace)
        store.put(PICTURE, "image/jpeg")
        assert steps[-3:] == ["sync file", "rename", "sync folder"]

    def test_says_when_it_cannot_write(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(StoreUnavailable):
            open_object_store(str(tmp_path / "file" / "objects"))
        store = open_object_store(str(tmp_path / "objects"))
        (tmp_path / "objects" / "incoming").rmdir()
        with pytest.raises(StoreUnavailable):
            store.check()
        with pytest.raises(StoreUnavailable):
            store.put(PICTURE, "image/jpeg")


class TestS3:
    def test_tells_of_changed_bytes(self, s3_server: S3Server) -> None:
        bucket = s3_server.new_bucket()
        store = open_object_store(s3_server.url(bucket))
        key = store.put(PICTURE, "image/jpeg")
        s3_server.client().put_object(bucket, key, io.BytesIO(b"changed"), 7)
        with pytest.raises(ObjectCorrupt):
            store.get(key)

    def test_says_when_the_bucket_is_missing(self, s3_server: S3Server) -> None:
        store = open_object_store(s3_server.url("no-such-bucket"))
        with pytest.raises(StoreMisconfigured, match="does not exist"):
            store.check()
        with pytest.raises(StoreMisconfigured):
            store.put(PICTURE, "image/jpeg")

    def test_says_when_nobody_answers(self) -> None:
        store = open_object_store("s3://access:secret@127.0.0.1:9/bucket?secure=false&region=x")
        with pytest.raises(StoreUnavailable, match="does not answer"):
            store.check()

    @pytest.mark.parametrize(
        "url",
        [
            "s3://host/bucket",
            "s3://access:hidden@host",
            "s3://access:hidden@host/bucket/folder",
            "s3://access:hidden@host/bucket?secure=no",
            "s3://access:hidden@host/bucket?colour=red",
            "s3://access:hidden@host:port/bucket",
        ],
    )
    def test_an_unreadable_url_is_refused_without_telling_its_secret(self, url: str) -> None:
        with pytest.raises(StoreMisconfigured) as refused:
            open_object_store(url)
        assert "hidden" not in f"{refused.value} {refused.value.hint}"


@pytest.mark.ceph
@pytest.mark.xdist_group("ceph")
class TestCeph:
    """What moto does not do: check signatures, expire links, meet real races."""

    def test_a_wrong_secret_is_refused(self, ceph_server: S3Server) -> None:
        bucket = ceph_server.new_bucket()
        store = open_object_store(ceph_server.url(bucket, secret="wrong"))
        for use in (store.check, lambda: store.put(PICTURE, "image/jpeg")):
            with pytest.raises(StoreMisconfigured):
                use()

    def test_a_signed_link_of_the_store_expires(self, ceph_server: S3Server) -> None:
        bucket = ceph_server.new_bucket()
        key = open_object_store(ceph_server.url(bucket)).put(PICTURE, "image/jpeg")
        link = ceph_server.client().presigned_get_object(bucket, key, timedelta(seconds=2))
        assert httpx.get(link).content == PICTURE
        threading.Event().wait(3.5)
        assert httpx.get(link).status_code == 403

    def test_an_upload_that_is_not_what_was_signed_is_refused(self, ceph_server: S3Server) -> None:
        bucket = ceph_server.new_bucket()
        client = ceph_server.client()
        link = client.presigned_put_object(bucket, "x", timedelta(seconds=60))
        answer = httpx.put(link.replace("/x?", "/y?"), content=PICTURE)
        assert answer.status_code == 403
