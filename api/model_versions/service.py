"""Versions of models: what is kept of each, and which one services load when they next start."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from api.audit import service as audit
from api.errors import Conflict, NotFound
from api.model_versions.schemas import ModelVersionView, ModelView, PromotionView
from models.descriptions import Description
from models.errors import ModelError, ModelNotFound, PromotionRefused
from models.promotion import history, rollback, serve, versions
from models.registry import VERSIONS, default_roots, promoted_version

SHIPPED = "shipped"
CARD = "card.md"
_LOG_SHOWN = 50


def names() -> list[str]:
    """Return the names of all models that can be found."""
    found = {path.parent.name for path in _descriptions()}
    promoted = default_roots()[0].glob(f"*/{VERSIONS}")
    return sorted(found | {path.parent.name for path in promoted})


def describe(name: str, loaded: Collection[str]) -> ModelView:
    """Return what is kept of a model.

    Args:
        name: of the model.
        loaded: SHA-256 of the ONNX files of this name that the process works with.
    """
    root = default_roots()[0]
    served = promoted_version(root / name)
    kept = [
        ModelVersionView(
            id=record["folder"],
            version=record["version"],
            added_at=record["at"],
            added_by=record["who"],
            reason=record["reason"],
            served=record["folder"] == served,
            loses=record["forced"],
            rows=record["figures"].get("rows", []),
            digests=record["digests"],
            has_card=(root / name / VERSIONS / record["folder"] / CARD).is_file(),
        )
        for record in versions(root, name)
    ]
    shipped = [
        ModelVersionView(
            id=SHIPPED,
            version=described.version,
            added_at=None,
            added_by=None,
            reason=None,
            served=served is None,
            loses=False,
            rows=[],
            digests={},
            has_card=(folder / CARD).is_file(),
        )
        for folder, described in _shipped(name)
    ]
    known = {digest for one in kept for digest in one.digests.values()}
    to_be = {digest for one in kept if one.served for digest in one.digests.values()}
    return ModelView(
        name=name,
        loaded=sorted(loaded),
        restart_needed=any(digest not in to_be if served else digest in known for digest in loaded),
        versions=[*shipped, *kept],
        log=[
            PromotionView(
                action=line["action"],
                at=line["at"],
                who=line["who"],
                version=line["folder"],
                forced=line.get("forced", False),
                reason=line["reason"],
            )
            for line in reversed(history(root, name)[-_LOG_SHOWN:])
        ],
    )


def card(name: str, version: str) -> str:
    """Return the card of a version, in Markdown.

    Raises:
        NotFound: there is no such version, or it has no card.
    """
    root = default_roots()[0]
    folders = (
        [folder for folder, _ in _shipped(name)]
        if version == SHIPPED
        else [
            root / name / VERSIONS / record["folder"]
            for record in versions(root, name)
            if record["folder"] == version
        ]
    )
    for folder in folders:
        if (folder / CARD).is_file():
            return (folder / CARD).read_text("utf-8")
    raise NotFound("There is no card of this version.", code="card-not-found")


def serve_version(
    session: Session, *, name: str, version: str, who: str, reason: str, force: bool, actor: str
) -> None:
    """Let services load another version of a model when they next start.

    The audit record is written first: the files change last, when nothing else can fail but the
    commit, and their own log tells of it too.

    Args:
        session: the open transaction.
        name: of the model.
        version: its id.
        who: the person's name, for the model's log.
        reason: why.
        force: although its comparison says that something is lost.
        actor: who does it, for the audit record.

    Raises:
        NotFound: there is no such version.
        Conflict: it cannot be served.
    """
    root = default_roots()[0]
    after = {"served": version, "forced": force}
    _record(session, "model.serve", name, promoted_version(root / name), after, reason, actor)
    _do(lambda: serve(root, name, version, who=who, reason=reason, force=force))


def roll_back(session: Session, *, name: str, who: str, reason: str, actor: str) -> None:
    """Let services load what was served before; arguments as of `serve_version`.

    Raises:
        Conflict: nothing was promoted, or what was before is gone.
    """
    root = default_roots()[0]
    before = promoted_version(root / name)
    _record(session, "model.rollback", name, before, {"served": "former"}, reason, actor)
    _do(lambda: rollback(root, name, who=who, reason=reason))


def _do(work: Callable[[], Any]) -> None:
    try:
        work()
    except ModelNotFound as error:
        raise NotFound(f"{error}.", code="version-not-found") from error
    except PromotionRefused as error:
        hint = f" {error.hint}" if error.hint else ""
        raise Conflict(f"{error}.{hint}", code="promotion-refused") from error
    except ModelError as error:
        raise Conflict(f"{error}.", code="version-unusable") from error


def _record(
    session: Session,
    action: str,
    name: str,
    before: str | None,
    after: dict[str, Any],
    reason: str,
    actor: str,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="model",
        object_id=name,
        before={"served": before or SHIPPED},
        after=after,
        reason=reason,
    )
    session.flush()


def _shipped(name: str) -> Iterator[tuple[Path, Description]]:
    """Give the folder of a model as it ships and what it says of itself."""
    for path in _descriptions():
        if path.parent.name == name:
            yield path.parent, Description.model_validate_json(path.read_bytes())
            return


def _descriptions() -> Iterator[Path]:
    for root in reversed(default_roots()):
        for kind in Description.__subclasses__():
            yield from root.glob(f"*/{kind.file}")
