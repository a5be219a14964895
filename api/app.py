"""The service: every noun's routes under one application."""

import importlib
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api.accounts.credentials import Credentials
from api.database import Database
from api.dependencies import Services
from api.metrics import Metrics
from api.problems import add_problem_handlers
from api.settings import Settings

_NOUNS = (
    "accounts",
    "audit",
    "cameras",
    "cases",
    "coverage",
    "dispatch",
    "evidence",
    "findings",
    "frames",
    "gateways",
    "health",
    "reviews",
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; its services open when it starts and close when it stops."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        database = Database(settings.resolved_database_url)
        app.state.services = Services(
            settings=settings,
            database=database,
            credentials=Credentials(database),
            metrics=Metrics(),
        )
        try:
            yield
        finally:
            database.close()

    app = FastAPI(
        title="Xunjian",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    add_problem_handlers(app)
    for noun in _NOUNS:
        if importlib.util.find_spec(f"api.{noun}.routes"):
            app.include_router(importlib.import_module(f"api.{noun}.routes").router)
    return app
