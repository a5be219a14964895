"""How GeoReport v2 answers: XML or JSON as the resource's name ends, errors too.

Source: https://wiki.open311.org/GeoReport_v2 (Errors): a list of codes and descriptions.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from api.errors import BadRequest, ProblemError
from api.open311.spark import MEDIA_TYPES, Format, write


def answer(answer_format: Format, root: str, value: Any, *, status: int = 200) -> Response:
    """Return a value as GeoReport writes it."""
    return Response(
        write(answer_format, root, value), status, media_type=MEDIA_TYPES[answer_format]
    )


class GeoReportRoute(APIRoute):
    """A route whose errors are those of GeoReport v2, not problem details."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def handle_with_errors(request: Request) -> Response:
            try:
                return await handle(request)
            except ProblemError as problem:
                return _error(request, problem)
            except RequestValidationError as invalid:
                faults = "; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in invalid.errors())
                return _error(request, BadRequest(faults, code="invalid-request"))

        return handle_with_errors


def _error(request: Request, problem: ProblemError) -> Response:
    """Return an error in the format that was asked for, in XML where that is unknown."""
    asked = request.path_params.get("answer_format")
    answer_format = Format.JSON if asked == Format.JSON else Format.XML
    errors = [{"code": problem.status, "description": problem.detail}]
    response = answer(answer_format, "errors", errors, status=problem.status)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    return response
