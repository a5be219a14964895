"""Plots: made, changed, found. Every change is audited, and what follows from it worked out."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.advisories.judging import judge
from api.audit import service as audit
from api.cameras.models import Camera
from api.counts.periods import day_start
from api.database import now
from api.errors import Conflict, NotFound, Unprocessable
from api.plots.models import GrowthStage, Plot, PlotCamera, TrapService, ViewKind
from api.principal import Principal

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def create_plot(session: Session, *, values: dict[str, Any], actor: str) -> Plot:
    """Make a plot.

    Args:
        session: the open transaction.
        values: name, crop, area_ha, latitude, longitude, polygon, hills_per_m2.
        actor: who makes it.

    Raises:
        Conflict: the name is taken.
    """
    plot = Plot(**values)
    session.add(plot)
    _flush_name(session, plot.name)
    audit.record(
        session,
        actor=actor,
        action="plot.create",
        object_type="plot",
        object_id=plot.id,
        after=values,
    )
    return plot


def update_plot(
    session: Session, *, plot: Plot, values: dict[str, Any], actor: str, zone: ZoneInfo
) -> None:
    """Change a plot; `values` as in `create_plot`, and `disabled` (bool).

    Raises:
        Conflict: the new name is taken.
    """
    disabled = values.pop("disabled", None)
    before, after = audit.changes(plot, values)
    _flush_name(session, plot.name)
    if disabled is not None and disabled != (plot.disabled_at is not None):
        plot.disabled_at = now() if disabled else None
        before["disabled"], after["disabled"] = not disabled, disabled
    if not after:
        return
    _record(session, plot, actor, "plot.update", before, after)
    if after.keys() & {"hills_per_m2", "disabled"}:
        judge(session, plot_id=plot.id, since=_LONG_AGO, zone=zone)


def plot_of(session: Session, plot_id: str, principal: Principal) -> Plot:
    """Return a plot that the principal may see: one that a camera of theirs looks at.

    Raises:
        NotFound: there is none.
    """
    plot = session.scalar(_visible(principal.camera_ids).where(Plot.id == plot_id))
    if plot is None:
        raise NotFound("There is no plot with this id.", code="plot-not-found")
    return plot


def plots(
    session: Session,
    *,
    limit: int,
    after_id: str | None = None,
    visible: Collection[str] | None = None,
) -> Sequence[Plot]:
    """Return plots, oldest first, one more than `limit` if there are more.

    Args:
        session: the open transaction.
        limit: the items of a page.
        after_id: the id that the page begins after.
        visible: only plots that one of these cameras looks at; None means every plot.
    """
    query = _visible(visible).where(Plot.id > (after_id or ""))
    return session.scalars(query.order_by(Plot.id).limit(limit + 1)).all()


def add_view(
    session: Session,
    *,
    plot: Plot,
    values: dict[str, Any],
    principal: Principal,
    zone: ZoneInfo,
) -> PlotCamera:
    """Let a camera look at a plot.

    Args:
        session: the open transaction.
        plot: which.
        values: camera_id, kind, ground_m2 or traps, since, until.
        principal: who says so.
        zone: where days and weeks begin.

    Raises:
        NotFound: there is no such camera, or it may not be seen.
        Conflict: the camera looks at a plot then already.
    """
    camera = session.get(Camera, values["camera_id"])
    if camera is None or not principal.may_see(camera.id):
        raise NotFound("There is no camera with this id.", code="camera-not-found")
    view = PlotCamera(plot_id=plot.id, **{**values, "since": values["since"] or now()})
    _check_times(session, view)
    session.add(view)
    session.flush()
    _record(session, plot, principal.actor, "plot.add_view", None, _view_facts(view))
    judge(session, plot_id=plot.id, since=view.since, zone=zone)
    return view


def update_view(
    session: Session,
    *,
    plot: Plot,
    view_id: str,
    values: dict[str, Any],
    actor: str,
    zone: ZoneInfo,
) -> PlotCamera:
    """Correct what a camera shows of a plot, or say until when it did.

    Raises:
        NotFound: the plot has no such view.
        Unprocessable: a close view has no traps, a trap view no ground.
        Conflict: the camera looks at another plot then.
    """
    view = session.get(PlotCamera, view_id)
    if view is None or view.plot_id != plot.id:
        raise NotFound("The plot has no view with this id.", code="view-not-found")
    if ("traps" if view.kind is ViewKind.CLOSE else "ground_m2") in values:
        raise Unprocessable(
            "A close view has ground_m2, a trap view has traps, and not the other.",
            code="view-invalid",
        )
    before, since = _view_facts(view), view.since
    audit.changes(view, values)
    _check_times(session, view)
    session.flush()
    after = _view_facts(view)
    changed = {name for name in after if after[name] != before[name]}
    if changed:
        _record(
            session,
            plot,
            actor,
            "plot.update_view",
            {"view_id": view.id} | {name: before[name] for name in changed},
            {"view_id": view.id} | {name: after[name] for name in changed},
        )
        judge(session, plot_id=plot.id, since=min(since, view.since), zone=zone)
    return view


def put_stage(
    session: Session,
    *,
    plot: Plot,
    since: date,
    bbch: int,
    note: str | None,
    actor: str,
    zone: ZoneInfo,
) -> None:
    """Say how far the crop of a plot is from a day on."""
    row = session.get(GrowthStage, (plot.id, since))
    before = _stage_facts(row) if row else None
    after = {"since": since.isoformat(), "bbch": bbch, "note": note}
    if before == after:
        return
    session.merge(GrowthStage(plot_id=plot.id, since=since, bbch=bbch, note=note))
    session.flush()
    _record(session, plot, actor, "plot.put_stage", before, after)
    judge(session, plot_id=plot.id, since=day_start(since, zone), zone=zone)


def delete_stage(session: Session, *, plot: Plot, since: date, actor: str, zone: ZoneInfo) -> None:
    """Take an entry of a plot's growth stages away; doing it again changes nothing."""
    row = session.get(GrowthStage, (plot.id, since))
    if row is None:
        return
    before = _stage_facts(row)
    session.delete(row)
    session.flush()
    _record(session, plot, actor, "plot.delete_stage", before, None)
    judge(session, plot_id=plot.id, since=day_start(since, zone), zone=zone)


def add_trap_service(
    session: Session,
    *,
    plot: Plot,
    camera_id: str,
    changed_at: datetime | None,
    note: str | None,
    actor: str,
    zone: ZoneInfo,
) -> TrapService:
    """Note that the traps which a camera shows were changed; the same again changes nothing.

    Raises:
        NotFound: no such camera shows traps of the plot.
        Unprocessable: that lies in the future.
    """
    at = changed_at or now()
    if at > now():
        raise Unprocessable("changed_at lies in the future.", code="changed-in-future")
    shown = select(PlotCamera.id).where(
        PlotCamera.plot_id == plot.id,
        PlotCamera.camera_id == camera_id,
        PlotCamera.kind == ViewKind.TRAP,
    )
    if session.scalar(select(shown.exists())) is not True:
        raise NotFound("No such camera shows traps of this plot.", code="camera-not-found")
    known = session.scalar(
        select(TrapService).where(
            TrapService.plot_id == plot.id,
            TrapService.camera_id == camera_id,
            TrapService.changed_at == at,
        )
    )
    if known is not None:
        return known
    service = TrapService(plot_id=plot.id, camera_id=camera_id, changed_at=at, note=note)
    session.add(service)
    session.flush()
    _record(session, plot, actor, "plot.add_trap_service", None, _service_facts(service))
    judge(session, plot_id=plot.id, since=at, zone=zone)
    return service


def delete_trap_service(
    session: Session, *, plot: Plot, service_id: str, actor: str, zone: ZoneInfo
) -> None:
    """Take back that traps were changed; doing it again changes nothing."""
    service = session.get(TrapService, service_id)
    if service is None or service.plot_id != plot.id:
        return
    before = _service_facts(service)
    session.delete(service)
    session.flush()
    _record(session, plot, actor, "plot.delete_trap_service", before, None)
    judge(session, plot_id=plot.id, since=service.changed_at, zone=zone)


def _visible(cameras: Collection[str] | None) -> Select[Plot]:
    query = select(Plot)
    if cameras is None:
        return query
    seen = select(PlotCamera.plot_id).where(PlotCamera.camera_id.in_(cameras))
    return query.where(Plot.id.in_(seen))


def _check_times(session: Session, view: PlotCamera) -> None:
    """Refuse a view that ends before it begins, or that a camera cannot have at the same time."""
    if view.until is not None and view.until <= view.since:
        raise Unprocessable("until must lie after since.", code="view-invalid")
    others = select(PlotCamera).where(
        PlotCamera.camera_id == view.camera_id,
        PlotCamera.id != (view.id or ""),
        or_(PlotCamera.until.is_(None), PlotCamera.until > view.since),
    )
    if view.until is not None:
        others = others.where(PlotCamera.since < view.until)
    with session.no_autoflush:
        if session.scalars(others.limit(1)).first() is not None:
            raise Conflict(
                "The camera looks at a plot at that time already: give that view an `until` first.",
                code="view-overlaps",
            )


def _view_facts(view: PlotCamera) -> dict[str, Any]:
    return {
        "camera_id": view.camera_id,
        "kind": view.kind.value,
        "ground_m2": view.ground_m2,
        "traps": view.traps,
        "since": view.since.astimezone(UTC).isoformat(),
        "until": view.until.astimezone(UTC).isoformat() if view.until else None,
    }


def _stage_facts(row: GrowthStage) -> dict[str, Any]:
    return {"since": row.since.isoformat(), "bbch": row.bbch, "note": row.note}


def _service_facts(service: TrapService) -> dict[str, Any]:
    return {
        "camera_id": service.camera_id,
        "changed_at": service.changed_at.astimezone(UTC).isoformat(),
        "note": service.note,
    }


def _record(
    session: Session,
    plot: Plot,
    actor: str,
    action: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="plot",
        object_id=plot.id,
        before=before,
        after=after,
    )


def _flush_name(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"There is a plot {name!r} already.", code="name-taken") from None
