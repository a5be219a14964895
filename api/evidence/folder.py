"""Objects as files of a folder."""

import hashlib
import os
from pathlib import Path
from uuid import uuid4

from api.evidence.errors import ObjectMissing, StoreUnavailable
from api.evidence.objects import object_key, verified_digest, verify

_HINT = "Check that the folder exists, is writable by the service and has free space."


class FolderStore:
    """An object store in a folder, one file per object.

    A file gets its name only when its bytes are on the disk, and the call returns only when the
    name is too, so that neither a crash nor a power cut leaves half an object.

    Args:
        root: the folder, made when absent.

    Raises:
        StoreUnavailable: the folder cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"the folder {root} cannot be made: {error}", hint=_HINT) from (
                error
            )

    def put(self, data: bytes, content_type: str) -> str:
        """Keep an object; see `ObjectStore.put`."""
        key = object_key(hashlib.sha256(data).hexdigest())
        path = self._root / key
        try:
            if not path.exists():
                self._write(path, data)
            _sync_folder(path.parent)
        except OSError as error:
            raise StoreUnavailable(
                f"the object cannot be written: {error.strerror}", hint=_HINT
            ) from error
        return key

    def _write(self, path: Path, data: bytes) -> None:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            _sync_folder(path.parent.parent)
            _sync_folder(self._root)
        partial = self._incoming / uuid4().hex
        try:
            with partial.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def get(self, key: str) -> bytes:
        """Return the bytes of an object; see `ObjectStore.get`."""
        digest = verified_digest(key)
        try:
            data = (self._root / key).read_bytes()
        except FileNotFoundError:
            raise ObjectMissing(f"the object {digest} is not in the store") from None
        except OSError as error:
            raise StoreUnavailable(
                f"the object cannot be read: {error.strerror}", hint=_HINT
            ) from error
        return verify(data, digest)

    def remove(self, key: str) -> None:
        """Remove an object; see `ObjectStore.remove`."""
        verified_digest(key)
        try:
            (self._root / key).unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnavailable(
                f"the object cannot be removed: {error.strerror}", hint=_HINT
            ) from error

    def check(self) -> None:
        """Return if files can be written; see `ObjectStore.check`."""
        probe = self._incoming / uuid4().hex
        try:
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise StoreUnavailable(
                f"the folder {self._root} cannot be written: {error.strerror}", hint=_HINT
            ) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
