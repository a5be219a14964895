"""What a camera's newest pictures say of it, held against its own recent past."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.camera_health.episodes import Observation, Seen
from api.camera_health.models import AnyTrouble, CameraSight, GoodPicture
from api.cameras.models import Camera, CameraKind, GoldenPicture
from api.coverage.service import MIN_SHARPNESS
from api.sites.cameras import watches
from inference.sight import plain_share

IN_A_ROW = 10
"""Pictures that must show a trouble before a camera has it, and not show it before it is over."""

_BLACK = 0.04  # mean luminance: a third of the least in which damage is held to be seen
_LEAST_USUAL = 12  # hours of the past that say what is usual
_HALF_AS_SHARP = 0.5
_COVERED, _MORE_THAN_USUAL = 0.5, 0.3  # share of the view without an edge
_STILL, _STILL_CELL = 0.003, 8  # see `inference.sight`; cells that a clock changes differ by 20
_STILL_FOR = timedelta(minutes=9)
_SAME_TIME = timedelta(hours=1)
_DAY = timedelta(days=1)
_COMPARED_IN_A_ROW = 2  # with the last good picture, which no person chose


@dataclass(frozen=True, slots=True)
class _Usual:
    """What a camera's past, one picture of every hour, says of its pictures.

    Attributes:
        least_sharp: half the sharpness of the worst tenth, or what shows damage where that is less
            or too little is known.
        most_plain: from which share of the view without an edge on more is covered than ever is; 2
            where too little is known.
        dark_at: when its pictures were dark, and when they were not.
    """

    least_sharp: float
    most_plain: float
    dark_at: Sequence[tuple[datetime, bool]]

    @classmethod
    def of(cls, past: Sequence[CameraSight]) -> Self:
        dark_at = [(one.captured_at, one.brightness < _BLACK) for one in past]
        lit = [one for one in past if one.brightness >= _BLACK]
        if len(lit) < _LEAST_USUAL:
            return cls(MIN_SHARPNESS, 2.0, dark_at)
        dullest = quantiles([one.sharpness for one in lit], n=10)[0]
        plainest = quantiles([_plain(one) for one in lit], n=10)[-1]
        return cls(
            min(MIN_SHARPNESS, _HALF_AS_SHARP * dullest),
            max(_COVERED, plainest + _MORE_THAN_USUAL),
            dark_at,
        )

    def wrong(self, one: CameraSight) -> AnyTrouble | None:
        """Return what is wrong with one picture."""
        if one.brightness < _BLACK:
            return "dark"
        if _plain(one) >= self.most_plain:
            return "blocked"
        return "blurred" if one.sharpness < self.least_sharp else None

    def is_dark_at(self, moment: datetime) -> bool:
        """Say whether it was dark about this time on most days before: nothing lights the place."""
        days: dict[int, bool] = {}
        for at, dark in self.dark_at:
            back = round((moment - at) / _DAY)
            if back > 0 and abs(moment - at - back * _DAY) <= _SAME_TIME:
                days[back] = days.get(back, False) or dark
        return sum(days.values()) * 2 > len(days)


def judge_pictures(session: Session, camera: Camera) -> Observation:
    """Say what a camera's newest pictures show to be wrong, and what they show to be well.

    Of a camera that watches a site only whether its pictures are all the same: everything else is
    judged against its baselines (`api.sites`).

    Args:
        session: an open transaction.
        camera: which.
    """
    newest, usual = _sights(session, camera)
    found: dict[AnyTrouble, Seen] = {}
    well: dict[AnyTrouble, datetime] = {}
    if len(newest) == IN_A_ROW:
        since = newest[-1].captured_at
        seen = Seen(since, newest[0].captured_at, IN_A_ROW)
        if _is_frozen(newest):
            found["frozen"] = seen
        else:
            well["frozen"] = since
    if watches(camera):
        return Observation(found, well)
    wrong = {usual.wrong(one) for one in newest}
    if len(newest) == IN_A_ROW:
        if unusable := _unusable(newest, usual, wrong):
            found[unusable] = seen
        elif wrong == {None} and not found:
            # A lamp fails at night alone: a whole day has to be well.
            well |= {"blurred": since, "blocked": since, "dark": since - _DAY}
    compared = _compared(session, camera)
    for trouble, one in compared.found.items():
        found.setdefault(trouble, one)
    if wrong <= {None}:
        for trouble, at in compared.well_since.items():
            well[trouble] = max(at, well.get(trouble, at))
    return Observation(found, {key: at for key, at in well.items() if key not in found})


def is_well(session: Session, camera: Camera) -> bool:
    """Say whether the newest pictures of a camera are worth being called good."""
    newest, usual = _sights(session, camera)
    return len(newest) == IN_A_ROW and all(usual.wrong(one) is None for one in newest)


def _sights(session: Session, camera: Camera) -> tuple[Sequence[CameraSight], _Usual]:
    """Return the newest, newest first, and what is usual of those before them."""
    mine = select(CameraSight).where(CameraSight.camera_id == camera.id)
    newest = session.scalars(mine.order_by(CameraSight.captured_at.desc()).limit(IN_A_ROW)).all()
    if not newest:
        return [], _Usual.of([])
    past = session.scalars(
        mine.where(
            CameraSight.first_of_hour,
            CameraSight.captured_at < newest[-1].captured_at - _SAME_TIME,
        )
    ).all()
    return newest, _Usual.of(past)


def _is_frozen(newest: Sequence[CameraSight]) -> bool:
    """Whether pictures do not differ by more than coding makes them differ, nor a clock goes on.

    The median is asked, since a whole picture of a compressed stream differs from those around it.
    """
    before = newest[:-1]
    shares = [one.changed for one in before if one.changed is not None]
    cells = [one.largest for one in before if one.largest is not None]
    return (
        len(shares) == len(before)
        and newest[0].captured_at - newest[-1].captured_at >= _STILL_FOR
        and median(shares) <= _STILL
        and median(cells) < _STILL_CELL
    )


def _unusable(
    newest: Sequence[CameraSight], usual: _Usual, wrong: Set[AnyTrouble | None]
) -> AnyTrouble | None:
    """Return what is wrong with every one of the newest pictures, if anything is."""
    if wrong == {"dark"}:
        return None if usual.is_dark_at(newest[0].captured_at) else "dark"
    if None in wrong or "dark" in wrong:
        return None
    covered = int(newest[0].plain, 16)
    for one in newest:
        covered &= int(one.plain, 16)  # the same part of the view in every picture
    if plain_share(covered) >= usual.most_plain:
        return "blocked"
    return "blurred" if wrong == {"blurred"} else None


def _plain(one: CameraSight) -> float:
    return plain_share(int(one.plain, 16))


def _compared(session: Session, camera: Camera) -> Observation:
    """Return what the golden picture, or else the last good one, says of the newest picture."""
    golden = session.get(GoldenPicture, camera.id)
    good = None if camera.kind is CameraKind.BUS else session.get(GoodPicture, camera.id)
    known = golden or good
    if known is None or known.compared_at is None or known.other_light:
        return Observation()
    at, trouble = known.compared_at, known.trouble
    if trouble is None:
        names: tuple[AnyTrouble, ...] = ("moved", "other_view", "blocked", "blurred")
        return Observation(well_since=dict.fromkeys(names, at) | {"dark": at - _DAY})
    if golden is None and good is not None and good.in_a_row < _COMPARED_IN_A_ROW:
        return Observation()
    return Observation({trouble: Seen(at, at, 1, known.shift_px)})
