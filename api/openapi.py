"""The description of the service: problems in it are what the service really answers."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE, Problem, problem_responses

_DESCRIPTION = """\
Frames come in, findings come out, cases go to departments and come back.

**Machines** send `Authorization: Bearer xj_…`. **People** sign in with `POST /v1/session` and send
its cookie, with `X-CSRF-Token` on every write. **Errors** are problem details (RFC 9457) whose
`type` ends in a stable code. **Lists** come in pages: give `next_cursor` as `cursor`. Times are
RFC 3339 in UTC, positions WGS-84 degrees."""


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description of an application, made once.

    Every operation that asks who is there answers 401 and 403, and every one that takes values
    422, all as problem details; FastAPI's own form of a 422 is never sent and not described.
    """
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=_DESCRIPTION,
        routes=app.routes,
        license_info={"name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only"},
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for path in document["paths"].values():
        for operation in path.values():
            _describe_problems(operation["responses"], asks_who="security" in operation)
            for response in operation["responses"].values():
                if stream := response.get("content", {}).get("text/event-stream"):
                    del stream["itemSchema"]  # which OpenAPI has from 3.2 on
                    stream["schema"] = {"type": "string"}
            for media in operation.get("requestBody", {}).get("content", {}).values():
                # What a route describes by itself brings its definitions along.
                schemas.update(media["schema"].pop("$defs", {}))
    app.openapi_schema = document
    return document


def _describe_problems(responses: dict[str, Any], *, asks_who: bool) -> None:
    statuses = [401, 403] if asks_who else []
    content = responses.get("422", {}).get("content", {})
    if "422" in responses and MEDIA_TYPE not in content:
        del responses["422"]
        statuses.append(422)
    for status, response in problem_responses(*statuses, 500).items():
        responses.setdefault(str(status), response)
