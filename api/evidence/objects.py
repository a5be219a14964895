"""Objects under the hash of their content, in a folder or in an S3-compatible store."""

import hashlib
import re
from pathlib import Path
from typing import Protocol

from api.evidence.errors import ObjectCorrupt, ObjectMissing

_KEY = re.compile(r"sha256/([0-9a-f]{2})/(\1[0-9a-f]{62})")


class ObjectStore(Protocol):
    """Keeps bytes under a key made of their SHA-256; what is kept is never changed."""

    def put(self, data: bytes, content_type: str) -> str:
        """Keep an object; keeping the same bytes again, also at the same time, changes nothing.

        Args:
            data: the whole object.
            content_type: its media type, for the store's own users.

        Returns:
            Its key, `sha256/ab/abcdef…`; the object is durable by then.

        Raises:
            StoreUnavailable: it could not be kept now.
            StoreMisconfigured: the store refuses.
        """
        ...

    def get(self, key: str) -> bytes:
        """Return the bytes of an object, verified against its key.

        Raises:
            ObjectMissing: there is no such object.
            ObjectCorrupt: the stored bytes are others.
            StoreUnavailable: it could not be read now.
            StoreMisconfigured: the store refuses.
        """
        ...

    def remove(self, key: str) -> None:
        """Remove an object that nothing refers to; one that is not there is no error.

        Raises:
            ObjectMissing: it is not a key that a store gives.
            StoreUnavailable: it could not be removed now.
            StoreMisconfigured: the store refuses.
        """
        ...

    def check(self) -> None:
        """Return if the store can be reached and used.

        Raises:
            StoreUnavailable: it does not answer.
            StoreMisconfigured: it refuses, or its bucket is missing.
        """
        ...


def object_key(digest: str) -> str:
    """Return the key of the object with this SHA-256 (lower-case hexadecimal)."""
    return f"sha256/{digest[:2]}/{digest}"


def verified_digest(key: str) -> str:
    """Return the SHA-256 that a key names.

    Raises:
        ObjectMissing: it is not a key that a store gives.
    """
    match = _KEY.fullmatch(key)
    if match is None:
        raise ObjectMissing(f"{key!r} is not the key of an object")
    return match[2]


def verify(data: bytes, digest: str) -> bytes:
    """Return the bytes if their SHA-256 is the digest.

    Raises:
        ObjectCorrupt: it is not.
    """
    if hashlib.sha256(data).hexdigest() != digest:
        raise ObjectCorrupt(
            f"the object {digest} was changed in the store",
            hint="Restore it from a backup of the object store.",
        )
    return data


def open_object_store(location: str) -> ObjectStore:
    """Open a store.

    Args:
        location: a folder, made when absent, or `s3://ACCESS:SECRET@HOST[:PORT]/BUCKET` with the
            optional query `?secure=false&region=NAME`; ACCESS and SECRET percent-encoded.

    Returns:
        The store; `check` says whether it can be used.

    Raises:
        StoreMisconfigured: the location cannot be understood.
        StoreUnavailable: the folder cannot be made.
    """
    if location.startswith("s3://"):
        from api.evidence.s3 import S3Store  # minio is an extra

        return S3Store.from_url(location)
    from api.evidence.folder import FolderStore

    return FolderStore(Path(location))
