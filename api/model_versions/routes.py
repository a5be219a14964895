"""Versions of models, to read, to serve and to take back."""

from collections import defaultdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.dependencies import Services, ServicesDep, allow
from api.errors import NotFound
from api.model_versions import service
from api.model_versions.cards import parse_card
from api.model_versions.schemas import CardView, ModelsView, ModelView, RollBack, ServeVersion
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["models"])

_READER = [Depends(allow(Action.MODELS_READ))]
Manager = Annotated[Principal, Depends(allow(Action.MODELS_MANAGE))]
Name = Annotated[str, Path(max_length=36, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Version = Annotated[str, Path(max_length=80, pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]*$")]


@router.get(
    "/v1/models/versions",
    summary="Every version of the models",
    response_model=ModelsView,
    dependencies=_READER,
)
def list_model_versions(services: ServicesDep) -> ModelsView:
    """Return what ships, what was promoted and what was proposed, and which of them is served.

    A running service goes on with what it has loaded until it is restarted.
    """
    loaded = _loaded(services)
    return ModelsView(items=[service.describe(name, loaded[name]) for name in service.names()])


@router.get(
    "/v1/models/{name}/versions/{version}/card",
    summary="The card of a version",
    response_model=CardView,
    responses=problem_responses(404),
    dependencies=_READER,
)
def read_model_card(name: Name, version: Version) -> CardView:
    """Return what a version was judged on, how good it is and where it is weak."""
    markdown = service.card(name, version)
    return CardView(markdown=markdown, nodes=parse_card(markdown))


@router.put(
    "/v1/models/{name}/served",
    summary="Serve a version",
    response_model=ModelView,
    responses=problem_responses(404, 409),
)
def serve_model_version(
    name: Name, body: ServeVersion, principal: Manager, services: ServicesDep
) -> ModelView:
    """Let services load another version when they next start.

    One whose comparison says that something is lost needs `force`: 409 `promotion-refused` without.
    """
    _must_exist(name)
    with services.database.write() as session:
        service.serve_version(
            session,
            name=name,
            version=body.version,
            who=principal.name,
            reason=body.reason,
            force=body.force,
            actor=principal.actor,
        )
    return service.describe(name, _loaded(services)[name])


@router.post(
    "/v1/models/{name}/rollback",
    summary="Serve the version before",
    response_model=ModelView,
    responses=problem_responses(404, 409),
)
def roll_model_back(
    name: Name, body: RollBack, principal: Manager, services: ServicesDep
) -> ModelView:
    """Let services load what was served before the present version, when they next start."""
    _must_exist(name)
    with services.database.write() as session:
        service.roll_back(
            session,
            name=name,
            who=principal.name,
            reason=body.reason,
            actor=principal.actor,
        )
    return service.describe(name, _loaded(services)[name])


def _must_exist(name: str) -> None:
    if name not in service.names():
        raise NotFound(f"There is no model {name!r}.", code="model-not-found")


def _loaded(services: Services) -> dict[str, list[str]]:
    """Return the digests of what this process inspects pictures with, by model."""
    digests = defaultdict(list)
    for inspection in services.inspector.inspections.values():
        for model in inspection.models:
            digests[model.name].append(model.digest)
    return digests
