"""The service: every noun's routes under one application."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from starlette.concurrency import run_in_threadpool

from api.accounts.credentials import Credentials
from api.accounts.oidc_routes import router as oidc
from api.accounts.routes import router as accounts
from api.audit.routes import router as audit
from api.base_map.routes import router as base_map
from api.baselines.routes import router as baselines
from api.camera_health.routes import router as camera_health
from api.camera_health.watching import watching_cameras
from api.cameras.routes import router as cameras
from api.cases.routes import router as cases
from api.cases.waiting import sending_by_time
from api.clips.routes import router as clips
from api.clips.service import UploadLimits
from api.clips.uploads import Uploads
from api.counts.routes import router as counts
from api.coverage.routes import router as coverage
from api.database import Database
from api.deadlines.escalating import escalating
from api.deadlines.monitoring import DeadlineMetrics
from api.deadlines.routes import router as deadlines
from api.dependencies import Services
from api.devices.digest import DigestGate
from api.devices.models import Protocol
from api.devices.routes import router as devices
from api.dispatch.background import dispatching
from api.dispatch.routes import router as dispatch
from api.dispatch.sealing import Seal
from api.events.feed import Feed
from api.events.routes import router as events
from api.evidence.objects import open_object_store
from api.evidence.routes import router as evidence
from api.evidence.signing import LinkSigner
from api.facades.routes import router as facades
from api.figures.routes import router as figures
from api.findings.routes import router as findings
from api.frames.gathering import gatherers
from api.frames.inspector import Inspector
from api.frames.intake import Intake
from api.frames.routes import router as frames
from api.gateway_reports.routes import router as gateway_reports
from api.gateways.routes import router as gateways
from api.gb28181.routes import router as gb28181
from api.gb28181.routes import uploads as gb28181_uploads
from api.grids.routes import router as grids
from api.health.routes import router as health
from api.isapi.routes import router as isapi
from api.jobs.monitoring import JobMetrics
from api.leases.routes import router as leases
from api.matters.routes import router as matters
from api.metrics import Metrics
from api.middleware import RequestMiddleware
from api.model_versions.routes import router as model_versions
from api.mqtt_ingest.consumer import consuming
from api.open311.routes import router as open311
from api.openapi import describe
from api.outbox.routes import router as outbox
from api.page import Page
from api.passages.routes import router as passages
from api.passages.settling import settling
from api.plots.routes import router as plots
from api.problems import add_problem_handlers
from api.reconciliation.routes import router as reconciliation
from api.registers.plates import PlateKeys
from api.registers.routes import router as registers
from api.reports.background import reporting
from api.reports.routes import router as reports
from api.reports.service import Reporter
from api.reports.signing import ReportSigner
from api.retention.cleaning import cleaning
from api.retention.routes import router as retention
from api.reviews.routes import router as reviews
from api.routing.routes import router as routing
from api.rules.routes import router as rules
from api.second_reviews.routes import router as second_reviews
from api.secrets import load_secret_key
from api.settings import Settings
from api.sites.routes import router as sites
from api.thresholds.routes import router as thresholds
from api.verification.routes import router as verification
from api.verification.watching import watching
from api.viid.routes import router as viid
from api.zones.routes import router as zones

# Routes are tried in this order: frames, of which most requests are, come first.
_ROUTERS = (
    frames,
    accounts,
    audit,
    base_map,
    baselines,
    camera_health,
    cameras,
    cases,
    clips,
    counts,
    coverage,
    deadlines,
    devices,
    dispatch,
    events,
    evidence,
    facades,
    figures,
    findings,
    gateway_reports,
    gateways,
    gb28181,
    gb28181_uploads,
    grids,
    health,
    isapi,
    leases,
    matters,
    model_versions,
    oidc,
    open311,
    outbox,
    passages,
    plots,
    reconciliation,
    registers,
    reports,
    retention,
    reviews,
    routing,
    rules,
    second_reviews,
    sites,
    thresholds,
    verification,
    zones,
)

# Each lets the devices of a protocol in; one that is not opened answers like any unknown path.
_FRONT_DOORS = {Protocol.VIID: viid}


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; its services open when it starts and close when it stops.

    Args:
        settings: by default those of the environment.
    """
    settings = settings or Settings()
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            opening = open_services(settings, metrics)
            services = await run_in_threadpool(stack.enter_context, opening)
            app.state.services = services
            async with consuming(services):
                yield
            await run_in_threadpool(stack.close)

    app = FastAPI(
        title="Xunjian",
        version=version("xunjian"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    app.add_middleware(
        RequestMiddleware, metrics=metrics, https=settings.public_url.startswith("https://")
    )
    add_problem_handlers(app)
    for router in _ROUTERS:
        app.include_router(router)
    for protocol, door in _FRONT_DOORS.items():
        if protocol in settings.front_doors:
            app.include_router(door)
    app.router.default = GZipMiddleware(Page())
    return app


@contextmanager
def open_services(settings: Settings, metrics: Metrics) -> Iterator[Services]:
    """Open everything that the routes work with; close it in reverse order at the end."""
    with ExitStack() as stack:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        database = Database(settings.resolved_database_url)
        stack.callback(database.close)
        inspector = Inspector(settings)
        stack.callback(inspector.close)
        secret_key = load_secret_key(settings.data_dir)
        links = LinkSigner(secret_key, settings.public_url)
        seal = Seal(secret_key)
        plates = PlateKeys(secret_key)
        stack.enter_context(
            dispatching(settings, database=database, seal=seal, links=links, metrics=metrics)
        )
        objects = open_object_store(settings.resolved_object_store)
        stack.enter_context(settling(database, objects))
        stack.enter_context(cleaning(database, objects))
        deadline_metrics = DeadlineMetrics(metrics.registry, database)
        stack.enter_context(sending_by_time(database))
        stack.enter_context(escalating(database, deadline_metrics))
        stack.enter_context(watching(database, metrics.registry))
        stack.enter_context(watching_cameras(database, objects))
        intake = Intake(
            database,
            objects,
            inspector,
            gatherers(settings, database, plates),
            metrics,
            settings,
        )
        stack.callback(intake.close)
        JobMetrics(metrics.registry, database)
        reports = Reporter(database, ReportSigner(secret_key), settings.public_url, settings.zone)
        stack.enter_context(reporting(reports))
        uploads = Uploads(
            database,
            objects,
            UploadLimits(
                max_bytes=settings.max_clip_bytes,
                max_waiting=settings.max_clips_waiting,
                keep_for=timedelta(hours=settings.upload_hours),
            ),
            metrics,
        )
        stack.callback(uploads.close)
        yield Services(
            settings=settings,
            database=database,
            credentials=Credentials(database),
            feed=Feed(database),
            metrics=metrics,
            objects=objects,
            links=links,
            inspector=inspector,
            intake=intake,
            uploads=uploads,
            seal=seal,
            digests=DigestGate(database, secret_key),
            plates=plates,
            reports=reports,
        )
