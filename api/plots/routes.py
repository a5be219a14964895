"""Plots: their cameras, growth stages and traps."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from api.dependencies import ServicesDep, allow
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, page
from api.permissions import Action
from api.plots import service, views
from api.plots.schemas import (
    PlotCreate,
    PlotDetail,
    PlotUpdate,
    PlotView,
    StagePut,
    TrapServiceCreate,
    ViewCreate,
    ViewUpdate,
)
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["plots"])

Reader = Annotated[Principal, Depends(allow(Action.PLOTS_READ))]
Manager = Annotated[Principal, Depends(allow(Action.PLOTS_MANAGE))]
_MAY_BE_NULL = frozenset({"polygon", "hills_per_m2", "until"})


@router.get("/v1/plots", summary="List plots", response_model=Page[PlotView])
def list_plots(
    principal: Reader, services: ServicesDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[PlotView]:
    """Return the plots that the caller's cameras look at, oldest first."""
    after_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        rows = service.plots(session, limit=limit, after_id=after_id, visible=principal.camera_ids)
    return page(rows, limit, PlotView)


@router.post(
    "/v1/plots",
    summary="Make a plot",
    status_code=201,
    response_model=PlotDetail,
    responses=problem_responses(409),
)
def create_plot(body: PlotCreate, principal: Manager, services: ServicesDep) -> PlotDetail:
    """Make a plot; then let cameras look at it and say how far its crop is."""
    with services.database.write() as session:
        plot = service.create_plot(session, values=body.model_dump(), actor=principal.actor)
        return views.detail(session, plot)


@router.get(
    "/v1/plots/{plot_id}",
    summary="Show a plot",
    response_model=PlotDetail,
    responses=problem_responses(404),
)
def read_plot(plot_id: str, principal: Reader, services: ServicesDep) -> PlotDetail:
    """Return a plot with its cameras, growth stages and the last changes of its traps."""
    with services.database.read() as session:
        return views.detail(session, service.plot_of(session, plot_id, principal))


@router.patch(
    "/v1/plots/{plot_id}",
    summary="Change a plot",
    response_model=PlotDetail,
    responses=problem_responses(404, 409),
)
def update_plot(
    plot_id: str, body: PlotUpdate, principal: Manager, services: ServicesDep
) -> PlotDetail:
    """Change a plot, or disable it so that nothing is advised on it any more."""
    with services.database.write() as session:
        plot = service.plot_of(session, plot_id, principal)
        service.update_plot(
            session,
            plot=plot,
            values=_given(body),
            actor=principal.actor,
            zone=services.settings.zone,
        )
        return views.detail(session, plot)


@router.post(
    "/v1/plots/{plot_id}/views",
    summary="Let a camera look at a plot",
    status_code=201,
    response_model=PlotDetail,
    responses=problem_responses(404, 409),
)
def add_view(
    plot_id: str, body: ViewCreate, principal: Manager, services: ServicesDep
) -> PlotDetail:
    """Say that a camera shows the plot: the crop from near by, or traps.

    Its frames count for the plot from `since` on, those posted before among them.
    """
    with services.database.write() as session:
        plot = service.plot_of(session, plot_id, principal)
        service.add_view(
            session,
            plot=plot,
            values=body.model_dump(),
            principal=principal,
            zone=services.settings.zone,
        )
        return views.detail(session, plot)


@router.patch(
    "/v1/plots/{plot_id}/views/{view_id}",
    summary="Correct what a camera shows",
    response_model=PlotDetail,
    responses=problem_responses(404, 409),
)
def update_view(
    plot_id: str, view_id: str, body: ViewUpdate, principal: Manager, services: ServicesDep
) -> PlotDetail:
    """Correct ground, traps or times of a view; every density follows, findings nobody judged too.

    `until` ends it, for example when the camera is moved to another plot.
    """
    with services.database.write() as session:
        plot = service.plot_of(session, plot_id, principal)
        service.update_view(
            session,
            plot=plot,
            view_id=view_id,
            values=_given(body),
            actor=principal.actor,
            zone=services.settings.zone,
        )
        return views.detail(session, plot)


@router.put(
    "/v1/plots/{plot_id}/stages/{since}",
    summary="Say how far the crop is",
    response_model=PlotDetail,
    responses=problem_responses(404),
)
def put_stage(
    plot_id: str, since: date, body: StagePut, principal: Manager, services: ServicesDep
) -> PlotDetail:
    """Record the growth stage from a day on (local time zone), or change what is recorded."""
    with services.database.write() as session:
        plot = service.plot_of(session, plot_id, principal)
        service.put_stage(
            session,
            plot=plot,
            since=since,
            bbch=body.code,
            note=body.note,
            actor=principal.actor,
            zone=services.settings.zone,
        )
        return views.detail(session, plot)


@router.delete(
    "/v1/plots/{plot_id}/stages/{since}",
    summary="Take a growth stage away",
    status_code=204,
    response_class=Response,
    responses=problem_responses(404),
)
def delete_stage(plot_id: str, since: date, principal: Manager, services: ServicesDep) -> Response:
    """Take what was recorded of a day away; doing it again changes nothing."""
    with services.database.write() as session:
        plot = service.plot_of(session, plot_id, principal)
        service.delete_stage(
            session, plot=plot, since=since, actor=principal.actor, zone=services.settings.zone
        )
    return Response(status_code=204)


@router.post(
    "/v1/plots/{plot_id}/trap-services",
    summary="Note that traps were changed",
    status_code=201,
    response_model=PlotDetail,
    responses=problem_responses(404),
)
def add_trap_service(
    plot_id: str, body: TrapServiceCreate, principal: Manager, services: ServicesDep
) -> PlotDetail:
    """Note that the traps which a camera shows were changed or emptied: they hold nothing then.

    The same camera and time again changes nothing.
    """
    with services.database.write() as session:
        plot = service.plot_of(session, plot_id, principal)
        service.add_trap_service(
            session,
            plot=plot,
            camera_id=body.camera_id,
            changed_at=body.changed_at,
            note=body.note,
            actor=principal.actor,
            zone=services.settings.zone,
        )
        return views.detail(session, plot)


@router.delete(
    "/v1/plots/{plot_id}/trap-services/{service_id}",
    summary="Take back that traps were changed",
    status_code=204,
    response_class=Response,
    responses=problem_responses(404),
)
def delete_trap_service(
    plot_id: str, service_id: str, principal: Manager, services: ServicesDep
) -> Response:
    """Take an entry away that was made by mistake; doing it again changes nothing."""
    with services.database.write() as session:
        plot = service.plot_of(session, plot_id, principal)
        service.delete_trap_service(
            session,
            plot=plot,
            service_id=service_id,
            actor=principal.actor,
            zone=services.settings.zone,
        )
    return Response(status_code=204)


def _given(body: PlotUpdate | ViewUpdate) -> dict[str, Any]:
    return {
        name: value
        for name, value in body.model_dump(exclude_unset=True).items()
        if value is not None or name in _MAY_BE_NULL
    }
