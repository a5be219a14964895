"""Files for departments that have nothing: one CSV for each message, in a folder that they share.

A file appears whole or not at all, under a name that is the same for every attempt: sending a
message again changes nothing as long as its file is there.
"""

import errno
import json
import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, ClassVar, Literal

import structlog
from pydantic import Field

from api import spreadsheets
from api.database import new_id
from api.dispatch.connectors import drop_answers
from api.dispatch.connectors.base import (
    DATUM_LABEL,
    Connector,
    ConnectorSettings,
    Mailbox,
    Outgoing,
    Sent,
    Word,
)
from api.dispatch.connectors.drop_answers import ANSWER_COLUMNS, CASE_NUMBER
from api.dispatch.connectors.manifest import (
    Address,
    Label,
    Manifest,
    Secret,
    SecretNeed,
    StatusBy,
)
from api.dispatch.connectors.wire import DeliveryFailed, Wire
from api.dispatch.datums import located
from api.dispatch.models import MessageType
from api.errors import ProblemError

_SCHEME = "drop:"
_NAME_BYTES = 200
_log = structlog.get_logger()

COLUMNS: dict[str, Label] = {
    "message_id": Label(zh="消息编号", en="message_id"),
    "message": Label(zh="消息", en="message"),
    "case_id": Label(zh="案件标识", en="case_id"),
    "case_number": CASE_NUMBER,
    "opened_at": Label(zh="立案时间（UTC）", en="opened_at"),
    "class": Label(zh="类别", en="class"),
    "class_code": Label(zh="案件类别代码", en="class_code"),
    "grid": Label(zh="网格", en="grid"),
    "term": Label(zh="处置时限", en="term"),
    "due_at": Label(zh="截止时间（UTC）", en="due_at"),
    "severity": Label(zh="严重程度（1-4）", en="severity"),
    "size_m": Label(zh="尺寸（米）", en="size_m"),
    "latitude": Label(zh="纬度", en="latitude"),
    "longitude": Label(zh="经度", en="longitude"),
    "datum": Label(zh="坐标系", en="datum"),
    "accuracy_m": Label(zh="定位精度（米）", en="accuracy_m"),
    "first_seen_at": Label(zh="首次发现（UTC）", en="first_seen_at"),
    "last_seen_at": Label(zh="最近发现（UTC）", en="last_seen_at"),
    "looks": Label(zh="看到次数", en="looks"),
    "pictures": Label(zh="图片", en="pictures"),
    "details": Label(zh="详情", en="details"),
    "note": Label(zh="附言", en="note"),
    **ANSWER_COLUMNS,
}
MESSAGES: dict[str, Label] = {
    "opened": Label(zh="派遣", en="opened"),
    "reopened": Label(zh="返工", en="reopened"),
    "cancelled": Label(zh="撤销", en="cancelled"),
    "reminded": Label(zh="催办", en="reminded"),
    "escalated": Label(zh="督办", en="escalated"),
    "commented": Label(zh="附言", en="commented"),
}


class DropSettings(ConnectorSettings):
    """How the files of one department are written."""

    language: Annotated[
        Literal["zh", "en"], Field(description="of the column names and the word for the message")
    ] = "zh"


class DropConnector(Connector[DropSettings], Mailbox):
    """Tells a department by a file in a folder, where it may answer in the same way."""

    settings_model = DropSettings
    carries: ClassVar[frozenset[MessageType]] = frozenset(MessageType)
    manifest: ClassVar[Manifest] = Manifest(
        title=Label(zh="文件投递（CSV）", en="Files (CSV)"),
        summary=Label(
            zh="没有系统的部门：每条消息在共享文件夹中成为一个 CSV 文件",
            en="For departments that have nothing: each message becomes a CSV file in a shared "
            "folder",
        ),
        address=Address(
            label=Label(zh="投递目录下的文件夹", en="Folder below the drop folder"),
            schemes=("drop",),
            example="drop:roads/inbox",
        ),
        secret=Secret(SecretNeed.NEVER, Label(zh="无", en="None")),
        settings={
            "datum": DATUM_LABEL,
            "language": Label(zh="列名语言", en="Language of the column names"),
        },
        test=Label(
            zh="在文件夹中写入并删除一个文件", en="Writes a file into the folder and removes it"
        ),
        status_by=StatusBy.ASKING,
    )

    @classmethod
    def address_problem(cls, url: str) -> str | None:
        """Return what makes a URL unusable as a folder below the drop folder, or None."""
        if not url.startswith(_SCHEME):
            return f"the address must be {_SCHEME} and a folder, as in drop:roads/inbox"
        name = url.removeprefix(_SCHEME)
        if name.startswith("/") or "\\" in name or not name.isprintable():
            return "the folder is named from the drop folder on, with /, as in drop:roads/inbox"
        for part in name.split("/"):
            if not part or part.startswith(".") or len(part.encode()) > _NAME_BYTES:
                return "no part of the folder's name may be empty, very long or begin with a dot"
        return None

    def problems(self, classes: Collection[str]) -> list[str]:
        """Return that there is no use for a secret, where there is one."""
        return ["files need no secret"] if self.secret else []

    def send(self, outgoing: Outgoing, wire: Wire) -> Sent:
        """Put the message's file into the folder.

        Raises:
            DeliveryFailed: it could not be written.
        """
        text = self._text(outgoing)
        name = _file_name(outgoing)
        wire.note(f"WRITE {wire.url}/{name}\n{text}")
        folder = _folder(wire)
        try:
            _write(folder, name, text.encode())
        except OSError as error:
            raise _failed(folder, error) from error
        wire.note(f"WRITE {wire.url}/{name}\n{text}", "written")
        return Sent()

    def check(self, destination_id: str, source: str, wire: Wire) -> str:
        """Write a file and remove it.

        Raises:
            DeliveryFailed: it could not be written.
        """
        folder = _folder(wire)
        try:
            trial = _write(folder, f".xunjian-test-{new_id()}", b"")
            trial.unlink()
        except OSError as error:
            raise _failed(folder, error) from error
        return f"files can be written into {wire.url}"

    def collect(
        self, destination_id: str, wire: Wire, take: Callable[[Sequence[Word]], int]
    ) -> int:
        """Take the files that the department has put into `answers`.

        Raises:
            DeliveryFailed: the folder cannot be used.
        """
        folder = _folder(wire)
        heard = 0
        try:
            for path in drop_answers.waiting(folder):
                try:
                    heard += take(drop_answers.words(path, wire.url))
                except ProblemError as problem:
                    drop_answers.refuse(path, problem.detail)
                    _log.warning("answers refused", destination=destination_id, file=path.name)
                else:
                    drop_answers.put_away(path)
        except OSError as error:
            raise _failed(folder, error) from error
        return heard

    def _text(self, outgoing: Outgoing) -> str:
        """Return a table with the message as its only row."""
        finding, case = outgoing.facts["finding"], outgoing.facts["case"]
        code, grid = case.get("class_code") or {}, case.get("grid") or {}
        deadline = outgoing.facts.get("deadline") or {}
        location = located(outgoing.facts["location"], self.settings.datum) or {}
        values: dict[str, Any] = {
            **finding,
            **location,
            "message_id": outgoing.id,
            "message": self._named(MESSAGES[outgoing.event_type]),
            "case_id": outgoing.case_id,
            "case_number": case["number"],
            "opened_at": case["opened_at"],
            # Beside a name, for spreadsheets round a bare number of 16 digits.
            "class_code": f"{code['code']} {code[f'label_{self.settings.language}']}"
            if code
            else None,
            "grid": f"{grid['code']} {grid['name']}" if grid else None,
            "term": deadline.get("term"),
            "due_at": deadline.get("due_at"),
            "pictures": " ".join(media.url for media in outgoing.media),
            "details": json.dumps(finding["details"], ensure_ascii=False)
            if finding["details"]
            else None,
            "note": (outgoing.facts.get("comment") or {}).get("text"),
        }
        return spreadsheets.table(
            [self._named(label) for label in COLUMNS.values()],
            [[values.get(column) for column in COLUMNS]],
        )

    def _named(self, label: Label) -> str:
        return label.zh if self.settings.language == "zh" else label.en


def _file_name(outgoing: Outgoing) -> str:
    made = outgoing.created_at.strftime("%Y%m%dT%H%M%S.%fZ")
    number = outgoing.facts["case"]["number"]
    return f"{made}-{number}-{outgoing.event_type}-{outgoing.id[-12:]}.csv"


def _folder(wire: Wire) -> Path:
    """Return the department's folder; it must be there, and not lead outside."""
    if wire.drop_dir is None:
        raise DeliveryFailed("this service has no drop folder: set XUNJIAN_DROP_DIR")
    base = wire.drop_dir.resolve()
    folder = (base / PurePosixPath(wire.url.removeprefix(_SCHEME))).resolve()
    if not folder.is_relative_to(base):
        raise DeliveryFailed(f"{wire.url} leads outside the drop folder {base}", final=True)
    if not folder.is_dir():
        raise DeliveryFailed(
            f"there is no folder {folder}; make it, or mount the department's share there"
        )
    return folder


def _write(folder: Path, name: str, content: bytes) -> Path:
    """Write a file that appears whole, and stays when the power goes; return its path."""
    path, part = folder / name, folder / f".{new_id()}.part"
    if not path.exists():
        try:
            with part.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    _keep_listing(folder)
    return path


def _keep_listing(folder: Path) -> None:
    """Let the folder's list of names survive a power cut, where its file system can do that."""
    listing = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(listing)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EBADF, errno.ENOTSUP):
            raise
    finally:
        os.close(listing)


def _failed(folder: Path, error: OSError) -> DeliveryFailed:
    return DeliveryFailed(f"cannot use {folder}: {error.strerror or type(error).__name__}")
