"""Puts a candidate in service, and back: one rename decides, so that nothing is ever half done.

A model's folder keeps every promoted version whole in `versions/`; `promoted.json` names the one
that is served (`models.registry`). Promotion copies the candidate there under another name, makes
it durable, gives it its name, and then replaces `promoted.json`, which holds the record of the
promotion too. A process that dies before that rename leaves the old version served, after it the
new one. The log, `promotions.jsonl`, is completed from the record by whoever comes next.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.errors import ModelNotFound, PromotionRefused
from models.registry import PROMOTED, VERSIONS, Model, load_model, promoted_version

LOG = "promotions.jsonl"
_RECORD = "promotion.json"
_INCOMING = ".incoming"


def promote(
    root: Path,
    candidate: Model,
    *,
    who: str,
    figures: Mapping[str, Any],
    reason: str | None,
    forced: bool,
) -> dict[str, Any]:
    """Serve a candidate from now on.

    Services take it up when they next start.

    Args:
        root: Folder that holds the models; need not hold this one yet.
        candidate: The candidate, loaded from its folder.
        who: Who promotes it.
        figures: What the comparison said.
        reason: Why, in words.
        forced: Whether the comparison said no.

    Returns:
        The record, as it stands in the log.

    Raises:
        PromotionRefused: If someone else is promoting this model now.
        ModelError: If the copy is not what the candidate was.
    """
    folder = root / candidate.name
    with _alone(folder):
        record = _record("promote", candidate, who, figures, reason, forced)
        record["former"] = promoted_version(folder)
        _keep(folder, candidate, record)
        _serve(folder, record)
    return record


def propose(
    root: Path,
    candidate: Model,
    *,
    who: str,
    figures: Mapping[str, Any],
    reason: str | None,
    forced: bool,
) -> dict[str, Any]:
    """Keep a candidate beside the promoted versions, to be served when somebody decides so.

    Args, what is returned and what is raised are as of `promote`; nothing else is served.
    """
    folder = root / candidate.name
    with _alone(folder):
        record = _record("propose", candidate, who, figures, reason, forced)
        _keep(folder, candidate, record)
    return record


def serve(
    root: Path, name: str, version: str, *, who: str, reason: str | None, force: bool
) -> dict[str, Any]:
    """Serve a version that is kept: one that was proposed, or was served before.

    Services take it up when they next start.

    Args:
        root: Folder that holds the models.
        name: The model.
        version: Name of its folder in `versions/`.
        who: Who decides it.
        reason: Why, in words.
        force: Serve it although its comparison said that something is lost.

    Returns:
        The record, as it stands in the log.

    Raises:
        ModelNotFound: If no such version is kept.
        PromotionRefused: If it is served already, something is lost, or someone else is promoting
            this model now.
    """
    folder = root / name
    kept = {one["folder"]: one for one in versions(root, name)}
    if version not in kept:
        raise ModelNotFound(f"no version {version!r} of {name} is kept in {folder / VERSIONS}")
    with _alone(folder):
        former = promoted_version(folder)
        if former == version:
            raise PromotionRefused(f"{version} is served already")
        if kept[version]["forced"] and not force:
            raise PromotionRefused(
                "something is lost against the model it was compared with",
                hint="Take the loss on you, with a reason.",
            )
        if _digests(folder / VERSIONS / version) != kept[version]["digests"]:
            raise PromotionRefused(
                f"the files of {version} are not those that were judged",
                hint="Promote the candidate again.",
            )
        now = datetime.now(UTC)
        record = {
            **kept[version],
            "id": f"{now:%Y%m%dT%H%M%S%fZ}-serve",
            "action": "promote",
            "at": now.isoformat(timespec="milliseconds"),
            "who": who,
            "reason": reason,
            "former": former,
        }
        _serve(folder, record)
    return record


def versions(root: Path, name: str) -> list[dict[str, Any]]:
    """The records of the versions of a model that are kept, oldest first."""
    if Path(name).name != name:
        return []
    return [
        json.loads(path.read_text("utf-8"))
        for path in sorted((root / name / VERSIONS).glob(f"*/{_RECORD}"))
        if path.parent.name != _INCOMING
    ]


def history(root: Path, name: str) -> list[dict[str, Any]]:
    """The log of a model's promotions, oldest first; a line that is not whole is left out."""
    log = root / name / LOG
    text = log.read_text("utf-8") if Path(name).name == name and log.is_file() else ""
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def rollback(root: Path, name: str, *, who: str, reason: str | None) -> dict[str, Any]:
    """Serve what was served before the present version was promoted.

    Args:
        root: Folder that holds the models.
        name: The model.
        who: Who rolls it back.
        reason: Why, in words.

    Returns:
        The record, as it stands in the log.

    Raises:
        PromotionRefused: If no version is promoted, or someone else is promoting this model now.
    """
    folder = root / name
    if not (folder / PROMOTED).is_file():
        raise PromotionRefused(f"nothing was promoted in {folder}", hint="What ships is served.")
    with _alone(folder):
        present = promoted_version(folder)
        if present is None:
            raise PromotionRefused(
                f"{name} is served as it ships; there is nothing before that",
                hint=f"Its history: {folder / LOG}.",
            )
        former = _former(folder, present)
        if former is not None and not (folder / VERSIONS / former).is_dir():
            raise PromotionRefused(
                f"the former version {former} is gone from {folder / VERSIONS}",
                hint="Promote a candidate instead.",
            )
        now = datetime.now(UTC)
        record = {
            "id": f"{now:%Y%m%dT%H%M%S%fZ}-rollback",
            "action": "rollback",
            "at": now.isoformat(timespec="milliseconds"),
            "who": who,
            "folder": former,
            "from": present,
            "reason": reason,
        }
        _serve(folder, record)
    return record


def _record(
    action: str,
    candidate: Model,
    who: str,
    figures: Mapping[str, Any],
    reason: str | None,
    forced: bool,
) -> dict[str, Any]:
    now = datetime.now(UTC)
    version = f"{now:%Y%m%dT%H%M%S%fZ}-{candidate.digest[:12]}"
    return {
        "id": version,
        "action": action,
        "at": now.isoformat(timespec="milliseconds"),
        "who": who,
        "folder": version,
        "version": candidate.version,
        "digests": _digests(candidate.folder),
        "forced": forced,
        "reason": reason,
        "figures": dict(figures),
    }


def _keep(folder: Path, candidate: Model, record: Mapping[str, Any]) -> None:
    """Copy a candidate into `versions/`, whole and durable, under the name that its record says."""
    incoming = folder / VERSIONS / _INCOMING / candidate.name
    incoming.mkdir(parents=True)
    for path in sorted(candidate.folder.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            shutil.copyfile(path, incoming / path.name)
    (incoming / _RECORD).write_text(_line(record), "utf-8")
    for path in incoming.iterdir():
        _make_durable(path)
    _make_durable(incoming)
    load_model(candidate.name, candidate.variant, incoming.parent)
    if _digests(incoming) != record["digests"]:
        raise PromotionRefused(
            f"{candidate.folder} changed while it was copied", hint="Promote it again."
        )
    incoming.rename(folder / VERSIONS / record["folder"])
    incoming.parent.rmdir()
    _make_durable(folder / VERSIONS)


def _former(folder: Path, present: str) -> str | None:
    """What was served before a version was promoted, as its record says."""
    paths = (folder / PROMOTED, folder / VERSIONS / present / _RECORD)
    written = [json.loads(path.read_text("utf-8")) for path in paths if path.is_file()]
    for record in (*written, *reversed(history(folder.parent, folder.name))):
        if record.get("folder") == present and "former" in record:
            former: str | None = record["former"]
            return former
    raise PromotionRefused(
        f"nothing tells what was served before {present}", hint="Promote a candidate instead."
    )


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep others out of a model's folder, and tidy up after one who died in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".promoting").open("a")
    except OSError as error:
        raise PromotionRefused(
            f"{folder} cannot be written: {error.strerror}",
            hint="Give --root, or XUNJIAN_MODELS_DIR, a folder that can be.",
        ) from error
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PromotionRefused(
                f"someone else is promoting a version in {folder}",
                hint="Try again when it is done.",
            ) from None
        shutil.rmtree(folder / VERSIONS / _INCOMING, ignore_errors=True)
        if (folder / PROMOTED).is_file():
            _log(folder, json.loads((folder / PROMOTED).read_text("utf-8")))
        yield


def _serve(folder: Path, record: Mapping[str, Any]) -> None:
    """Replace `promoted.json`, which is the moment of truth; then write the log."""
    written = folder / f"{PROMOTED}.part"
    written.write_text(_line(record), "utf-8")
    _make_durable(written)
    written.replace(folder / PROMOTED)
    _make_durable(folder)
    _log(folder, record)


def _log(folder: Path, record: Mapping[str, Any]) -> None:
    """Append the record of the version that is served, unless it stands there already."""
    log = folder / LOG
    text = log.read_text("utf-8") if log.is_file() else ""
    whole = text[: text.rfind("\n") + 1]  # a line cut short by a crash is written again
    if whole and json.loads(whole.splitlines()[-1])["id"] == record["id"]:
        return
    with log.open("r+" if log.is_file() else "w", encoding="utf-8") as file:
        file.seek(len(whole.encode()))
        file.truncate()
        file.write(_line(record))
        file.flush()
        os.fsync(file.fileno())


def _digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every ONNX file in a folder, by file name."""
    digests = {}
    for path in sorted(folder.glob("*.onnx")):
        with path.open("rb") as file:
            digests[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"
