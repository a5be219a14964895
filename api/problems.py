"""Errors become problem details (RFC 9457): one shape for everything that is not a success."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import exc
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.errors import ProblemError, Unavailable, Unprocessable

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger()


class FieldProblem(BaseModel):
    """One value of the request that is wrong."""

    location: str = Field(examples=["body.username"])
    message: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:xunjian:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no camera with this id."])
    instance: str = Field(examples=["/v1/cameras/0199f0c2"])
    errors: list[FieldProblem] | None = None


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what a route's `responses=` needs to document these statuses as problems.

    401, 403 and 422 need not be named: they are added where they can occur.
    """
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def problem_response(
    request: Request, problem: ProblemError, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer that tells of a problem, with these and the problem's own headers."""
    headers = dict(headers or {})
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(problem.retry_after_s)
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        problem.body(request.url.path), problem.status, headers, media_type=MEDIA_TYPE
    )


async def _problem(request: Request, error: Any) -> Response:
    return problem_response(request, error)


async def _invalid_request(request: Request, error: Any) -> Response:
    # The values themselves are left out: they may be secrets.
    errors = [
        {"location": ".".join(map(str, item["loc"])), "message": item["msg"]}
        for item in error.errors()
    ]
    summary = "; ".join(f"{item['location']}: {item['message']}" for item in errors[:3])
    return problem_response(
        request, Unprocessable(summary, code="invalid-request", extra={"errors": errors})
    )


async def _http(request: Request, error: Any) -> Response:
    phrase = HTTPStatus(error.status_code).phrase
    problem = ProblemError(
        f"{request.method} {request.url.path}: {error.detail}",
        code=phrase.lower().replace(" ", "-"),
    )
    problem.status, problem.title = error.status_code, phrase
    return problem_response(request, problem, error.headers)


async def _database_down(request: Request, error: Any) -> Response:
    _log.error("database unavailable", error=type(error).__name__, exc_info=error)
    return problem_response(
        request,
        Unavailable(
            "The database does not answer; nothing was changed. Try again.",
            code="database-unavailable",
            retry_after_s=5,
        ),
    )


async def _not_storable(request: Request, _: Any) -> Response:
    return problem_response(
        request,
        Unprocessable(
            "A value cannot be stored, for example text with a NUL character.",
            code="value-not-storable",
        ),
    )


def unexpected_problem(request: Request) -> Response:
    """Return the answer to an error that nobody foresaw; it tells nothing of the error."""
    return problem_response(
        request,
        ProblemError(
            "Something failed that should not; the log tells more under this request's "
            "X-Request-Id.",
            code="internal-error",
        ),
    )


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error that can be foreseen with problem details."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http)
    for error in (exc.OperationalError, exc.InterfaceError, exc.TimeoutError):
        app.add_exception_handler(error, _database_down)
    app.add_exception_handler(exc.DataError, _not_storable)
