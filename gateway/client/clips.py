"""A clip that is posted straight from its file."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from gateway.clip import CONTENT_TYPES
from gateway.errors import SettingInvalid
from gateway.frame import FrameMetadata

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A clip in a file that nothing writes to any more; made by `of`.

    Args:
        path: the file.
        metadata: its camera and when its first frame was captured.
        content_type: its media type.
        sha256: of its bytes, hexadecimal.
        size: its bytes.
    """

    path: Path
    metadata: FrameMetadata
    content_type: str
    sha256: str
    size: int

    @classmethod
    def of(cls, path: Path, metadata: FrameMetadata) -> Self:
        """Read a file once to know its hash.

        Raises:
            SettingInvalid: it is not named like a clip.
            OSError: it cannot be read.
        """
        content_type = CONTENT_TYPES.get(path.suffix.lower())
        if content_type is None:
            raise SettingInvalid(f"{path.name} is not a {', '.join(CONTENT_TYPES)}")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return cls(path, metadata, content_type, digest, file.tell())

    @property
    def idempotency_key(self) -> str:
        """Return a key that is the same whenever this very clip is posted again."""
        return self.metadata.key_of(self.sha256.encode())

    def read(self, offset: int = 0) -> Iterator[bytes]:
        """Read the clip's bytes from an offset on."""
        with self.path.open("rb") as file:
            file.seek(offset)
            while data := file.read(_CHUNK):
                yield data
