"""Registers: made, filled, asked."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Table, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.database import new_id, now
from api.errors import Conflict, NotFound, Unprocessable
from api.registers.models import (
    ChangeMode,
    Register,
    RegisterEntry,
    RegisterKey,
    RegisterKind,
    RegisterVersion,
)
from api.registers.plates import PlateKeys
from api.registers.rows import MOST_ENTRIES, Entry
from api.rules.models import RuleSet

T = TypeVar("T")

_AT_ONCE = 500
# The bare tables: an object for each of a million rows would be of no use.
_ENTRIES: Table = RegisterEntry.metadata.tables["register_entries"]
_KEYS: Table = RegisterKey.metadata.tables["register_keys"]
ENTRY = "register entry"
"""What a sealed entry is sealed for."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry as it is stored; made before the transaction, for hashing takes a while.

    Attributes:
        entry: what was handed in.
        plate_hash: its plate's name.
        keys: by which its plate is found.
    """

    entry: Entry
    plate_hash: str
    keys: frozenset[int]


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that a plate is like.

    Attributes:
        register_id: its register.
        version: the register's version at that time.
        entry_id: which.
        similar: one edit away; else the very same.
        valid_from: the first day on which it counts.
        valid_until: the last day on which it counts.
    """

    register_id: str
    version: int
    entry_id: str
    similar: bool
    valid_from: date | None
    valid_until: date | None

    def counts_on(self, day: date) -> bool:
        """Say whether the entry counts on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


def create_register(session: Session, *, name: str, kind: RegisterKind, actor: str) -> Register:
    """Make an empty register.

    Raises:
        Conflict: the name is taken.
    """
    register = Register(name=name, kind=kind, version=0, entries=0)
    session.add(register)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"There is a register {name!r} already.", code="name-taken") from None
    audit.record(
        session,
        actor=actor,
        action="register.create",
        object_type="register",
        object_id=register.id,
        after={"name": name, "kind": kind},
    )
    return register


def get_register(session: Session, register_id: str, *, held: bool = False) -> Register:
    """Return a register, `held` for nobody else to change until the transaction ends.

    Raises:
        NotFound: there is none with this id.
    """
    register = session.get(Register, register_id, with_for_update=held)
    if register is None:
        raise NotFound("There is no register with this id.", code="register-not-found")
    return register


def find_register(session: Session, name: str) -> Register | None:
    """Return the register of a name, or None."""
    return session.scalar(select(Register).where(Register.name == name))


def registers(session: Session, *, limit: int, after_id: str | None = None) -> Sequence[Register]:
    """Return registers, oldest first, one more than `limit` if there are more."""
    query = select(Register).where(Register.id > (after_id or ""))
    return session.scalars(query.order_by(Register.id).limit(limit + 1)).all()


def versions(
    session: Session, *, register_id: str, limit: int, after_id: str | None = None
) -> Sequence[RegisterVersion]:
    """Return what was done to a register, oldest first, one more than `limit` if there is more.

    Raises:
        NotFound: there is no such register.
    """
    get_register(session, register_id)
    query = select(RegisterVersion).where(
        RegisterVersion.register_id == register_id, RegisterVersion.id > (after_id or "")
    )
    return session.scalars(query.order_by(RegisterVersion.id).limit(limit + 1)).all()


def delete_register(session: Session, *, register_id: str, actor: str) -> None:
    """Delete a register with all that was in it.

    Raises:
        NotFound: there is none with this id.
        Conflict: the rules in force ask it.
    """
    register = get_register(session, register_id, held=True)
    rules = session.scalar(select(RuleSet).where(RuleSet.ended_at.is_(None)))
    if rules is not None and register.id in rules.registers.values():
        raise Conflict(
            f"The rules in force (version {rules.number}) ask this register; load rules without "
            "it first.",
            code="register-in-use",
        )
    session.execute(delete(RegisterEntry).where(RegisterEntry.register_id == register.id))
    session.execute(delete(RegisterVersion).where(RegisterVersion.register_id == register.id))
    session.delete(register)
    audit.record(
        session,
        actor=actor,
        action="register.delete",
        object_type="register",
        object_id=register.id,
        before={"name": register.name, "entries": register.entries},
    )


def prepare(entries: Iterable[Entry], plates: PlateKeys) -> list[Prepared]:
    """Hash entries."""
    return [
        Prepared(one, plates.hash(one.plate), frozenset(plates.entry_keys(one.plate)))
        for one in entries
    ]


def change(
    session: Session,
    *,
    register_id: str,
    mode: ChangeMode,
    prepared: Sequence[Prepared],
    plates: PlateKeys,
    actor: str,
) -> RegisterVersion:
    """Change what is in a register, all at once.

    Args:
        session: the open transaction.
        register_id: which.
        mode: `replace`: it holds these entries and no other. `add`: these too; an entry whose
            plate is there already takes the new days and note. `remove`: not these plates.
        prepared: no plate twice.
        plates: seals them.
        actor: who does it.

    Returns:
        The new version.

    Raises:
        NotFound: there is no such register.
        Unprocessable: it would hold too many entries, or a plate to be removed is not in it.
    """
    register = get_register(session, register_id, held=True)
    known = {
        row.plate_hash: row
        for row in session.scalars(
            select(RegisterEntry).where(RegisterEntry.register_id == register.id)
        )
    }
    given = {one.plate_hash: one for one in prepared}
    if mode is ChangeMode.REMOVE:
        if missing := [n for n, one in enumerate(prepared, 1) if one.plate_hash not in known]:
            raise Unprocessable(
                f"{len(missing)} of these plates are not in the register; nothing was changed.",
                code="register-invalid",
                extra={
                    "errors": [
                        {"location": f"plates.{n - 1}", "message": "is not in the register"}
                        for n in missing
                    ]
                },
            )
        gone, fresh, changed = [known[key].id for key in given], [], 0
    else:
        leaving = known.keys() - given.keys() if mode is ChangeMode.REPLACE else set()
        gone = [known[key].id for key in leaving]
        fresh = [one for key, one in given.items() if key not in known]
        changed = sum(
            _update(known[key], one.entry, plates) for key, one in given.items() if key in known
        )
    register.entries = len(known) + len(fresh) - len(gone)
    if register.entries > MOST_ENTRIES:
        raise Unprocessable(
            f"The register would hold {register.entries} entries; {MOST_ENTRIES} is the most.",
            code="register-too-long",
        )
    for ids in _parts(gone):
        session.execute(delete(RegisterEntry).where(RegisterEntry.id.in_(ids)))
    _insert(session, register.id, fresh, plates)
    register.version += 1
    register.updated_at = now()
    version = RegisterVersion(
        register_id=register.id,
        number=register.version,
        mode=mode,
        added=len(fresh),
        changed=changed,
        removed=len(gone),
        entries=register.entries,
        actor=actor,
    )
    session.add(version)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"register.{mode}",
        object_type="register",
        object_id=register.id,
        before={"version": version.number - 1, "entries": len(known)},
        after={
            "version": version.number,
            "entries": version.entries,
            "added": version.added,
            "changed": version.changed,
            "removed": version.removed,
        },
    )
    return version


def _update(row: RegisterEntry, entry: Entry, plates: PlateKeys) -> bool:
    """Bring an entry up to date; return whether anything was another."""
    note = plates.open(ENTRY, row.sealed)["note"]
    if (row.valid_from, row.valid_until, note) == (entry.valid_from, entry.valid_until, entry.note):
        return False
    row.valid_from, row.valid_until = entry.valid_from, entry.valid_until
    row.sealed = _sealed(entry, plates)
    return True


def _sealed(entry: Entry, plates: PlateKeys) -> str:
    return plates.seal(ENTRY, {"plate": entry.plate, "note": entry.note})


def _insert(
    session: Session, register_id: str, fresh: Sequence[Prepared], plates: PlateKeys
) -> None:
    for some in _parts(fresh):
        rows = [
            {
                "id": new_id(),
                "register_id": register_id,
                "plate_hash": one.plate_hash,
                "sealed": _sealed(one.entry, plates),
                "valid_from": one.entry.valid_from,
                "valid_until": one.entry.valid_until,
            }
            for one in some
        ]
        session.execute(_ENTRIES.insert(), rows)
        session.execute(
            _KEYS.insert(),
            [
                {"entry_id": row["id"], "key": key}
                for row, one in zip(rows, some, strict=True)
                for key in one.keys
            ],
        )


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))


def entries(
    session: Session, *, register_id: str, plates: PlateKeys, purpose: str, actor: str
) -> Iterator[Entry]:
    """Return what is in a register, opened, in order of plates; the audit record says for what.

    Raises:
        NotFound: there is no such register.
        PlateUnreadable: it was sealed with another key.
    """
    register = get_register(session, register_id)
    audit.record(
        session,
        actor=actor,
        action="register.export",
        object_type="register",
        object_id=register.id,
        after={"version": register.version, "entries": register.entries},
        reason=purpose,
    )
    rows = session.scalars(select(RegisterEntry).where(RegisterEntry.register_id == register.id))
    opened = [(plates.open(ENTRY, row.sealed), row) for row in rows]
    return iter(
        sorted(
            (
                Entry(said["plate"], row.valid_from, row.valid_until, said["note"])
                for said, row in opened
            ),
            key=lambda entry: entry.plate,
        )
    )


def note_of(session: Session, *, entry_id: str, plates: PlateKeys) -> str | None:
    """Return the note of an entry, None where it has none or is gone."""
    row = session.get(RegisterEntry, entry_id)
    said: dict[str, Any] = plates.open(ENTRY, row.sealed) if row is not None else {}
    return said.get("note")


def look_up(
    session: Session,
    *,
    read: Collection[str],
    register_ids: Collection[str],
    plates: PlateKeys,
) -> Mapping[str, Sequence[Match]]:
    """Return the entries that plates are like.

    Args:
        session: the open transaction.
        read: normalised plates.
        register_ids: the registers to ask.
        plates: makes the keys.

    Returns:
        The matches of each plate that has any: of each register the very same, or else every
        similar one.
    """
    if not read or not register_ids:
        return {}
    exact = {plate: plates.exact_key(plate) for plate in read}
    similar = {plate: plates.similar_keys(plate) for plate in read}
    # The keys alone first: nearly always there is none, and no plan can go wrong.
    wanted = set(exact.values()).union(*similar.values())
    keys = session.execute(
        select(RegisterKey.key, RegisterKey.entry_id).where(RegisterKey.key.in_(wanted))
    ).all()
    if not keys:
        return {}
    rows = {
        row.RegisterEntry.id: row
        for row in session.execute(
            select(RegisterEntry, Register.version)
            .join(Register, Register.id == RegisterEntry.register_id)
            .where(
                RegisterEntry.id.in_({entry_id for _, entry_id in keys}),
                RegisterEntry.register_id.in_(register_ids),
            )
        )
    }
    found: dict[int, list[Any]] = {}
    for key, entry_id in keys:
        if entry_id in rows:
            found.setdefault(key, []).append(rows[entry_id])
    matches: dict[str, list[Match]] = {}
    for plate in read:
        same = {row.RegisterEntry.id: row for row in found.get(exact[plate], ())}
        exactly = {row.RegisterEntry.register_id for row in same.values()}
        near = {
            row.RegisterEntry.id: row
            for key in similar[plate]
            for row in found.get(key, ())
            if row.RegisterEntry.register_id not in exactly
        }
        if same or near:
            matches[plate] = [
                Match(
                    row.RegisterEntry.register_id,
                    row.version,
                    row.RegisterEntry.id,
                    row.RegisterEntry.id in near,
                    row.RegisterEntry.valid_from,
                    row.RegisterEntry.valid_until,
                )
                for row in (*same.values(), *(near[key] for key in sorted(near)))
            ]
    return matches
