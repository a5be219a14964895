"""Pictures that a camera, or its software, writes into a folder.

The folder is looked through every second rather than watched through inotify, which tells nothing
of what another machine writes to a network share.
"""

import io
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.errors import GatewayError, SourceError, SourceRefused
from gateway.sources.config import FolderSource
from gateway.sources.still import Still, content_type

DONE, REJECTED = "done", "rejected"
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_LOOK_EVERY_S = 1.0
# What has not changed for so long will not become a picture any more.
_GIVEN_UP_AFTER_S = 60.0
_EXIF_IFD, _TAKEN, _TAKEN_OFFSET, _CHANGED = 0x8769, 0x9003, 0x9011, 0x0132
_Seen = dict[Path, tuple[int, int]]


def watch_folder(
    source: FolderSource,
    stop: threading.Event,
    keep: Callable[[Still], None],
    is_well: Callable[[], None],
) -> None:
    """Take the pictures of a folder, oldest first, until told to stop or, with `once`, all taken.

    A picture leaves the folder (into `done/`, or for good) only when `keep` has returned. What
    grows is waited for; what is no picture after a minute goes into `rejected/`.

    Raises:
        SourceError: the folder cannot be read, or `keep` did not keep a picture.
    """
    before: _Seen = {}
    while not stop.is_set():
        now = _look(source.path)
        is_well()
        for path in sorted(now, key=lambda path: now[path]):
            if stop.is_set():
                return
            if source.once or before.get(path) == now[path]:
                _take(source, path, keep)
        if source.once:
            return
        before = now
        stop.wait(_LOOK_EVERY_S)


def _look(folder: Path) -> _Seen:
    seen: _Seen = {}
    try:
        for path in folder.iterdir():
            if path.suffix.lower() in _SUFFIXES and not path.name.startswith("."):
                try:
                    stat = path.stat()
                except FileNotFoundError:
                    continue
                seen[path] = stat.st_mtime_ns, stat.st_size
    except OSError as error:
        raise SourceRefused(
            f"{folder}: {error.strerror}", hint="make the folder, or let the gateway's user read it"
        ) from error
    return seen


def _take(source: FolderSource, path: Path, keep: Callable[[Still], None]) -> None:
    try:
        data = path.read_bytes()
        kind = content_type(data)
        if kind is None:
            if source.once or time.time() - path.stat().st_mtime > _GIVEN_UP_AFTER_S:
                _put_away(path, REJECTED)
            return
        try:
            still = Still(data, kind, _captured_at(source, path, data))
            keep(still)
        except ValueError:
            _put_away(path, REJECTED)
            return
        if source.after == "delete":
            path.unlink()
        else:
            _put_away(path, DONE)
    except FileNotFoundError:
        return  # whoever wrote it took it back
    except (OSError, GatewayError) as error:
        raise SourceError(f"{path.name} has to wait: {error}") from error


def _put_away(path: Path, where: str) -> None:
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    path.rename(folder / path.name)


def _captured_at(source: FolderSource, path: Path, data: bytes) -> datetime:
    """Return when a picture was taken.

    Raises:
        ValueError: its name does not say so as it should.
    """
    zone = ZoneInfo(source.time_zone)
    if source.name_time is not None:
        told = datetime.strptime(path.stem, source.name_time)  # noqa: DTZ007
        return told if told.tzinfo else told.replace(tzinfo=zone)
    return _exif_time(data, zone) or datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _exif_time(data: bytes, zone: ZoneInfo) -> datetime | None:
    from PIL import Image  # 10 MB of memory that other sources do not need

    try:
        with Image.open(io.BytesIO(data)) as image:
            exif = image.getexif()
        details = exif.get_ifd(_EXIF_IFD)
        told = details.get(_TAKEN) or exif.get(_CHANGED)
        offset = details.get(_TAKEN_OFFSET)
        if told and offset:
            return datetime.strptime(f"{told} {offset}", "%Y:%m:%d %H:%M:%S %z")
        return datetime.strptime(told, "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone) if told else None
    except (OSError, ValueError, TypeError, SyntaxError):
        return None
