"""Signing in through a provider: away to it, and back again."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import RedirectResponse

from api.accounts import sign_in
from api.accounts.cookies import set_session_cookie
from api.accounts.oidc import CALLBACK, Attempt, Provider
from api.dependencies import SESSION_COOKIE, Services, ServicesDep
from api.dispatch.sealing import SecretUnreadable
from api.errors import NotFound, ProblemError, Unauthenticated

router = APIRouter(tags=["accounts"])

_BEGIN = "/v1/session/oidc"
_ATTEMPT_COOKIE = "xunjian_oidc"
_ATTEMPT_LASTS_S = 600


class ProviderView(BaseModel):
    """A way to sign in besides a password."""

    name: str = Field(examples=["市统一身份认证"])
    url: str = Field(description="where the browser goes", examples=[_BEGIN])


class Providers(BaseModel):
    """The ways to sign in besides a password."""

    items: list[ProviderView]


@router.get(
    "/v1/session/providers", summary="Ways to sign in besides a password", response_model=Providers
)
def list_providers(services: ServicesDep) -> Providers:
    """Return the provider that people may sign in through, if one is set."""
    oidc = services.settings.oidc
    return Providers(items=[ProviderView(name=oidc.name, url=_BEGIN)] if oidc else [])


@router.get(_BEGIN, summary="Sign in through the provider", response_class=RedirectResponse)
def go_to_provider(services: ServicesDep) -> RedirectResponse:
    """Send the browser to the provider."""
    try:
        url, attempt = _provider(services).begin()
    except Unauthenticated as problem:
        return _to_page(problem)
    answer = RedirectResponse(url, 303)
    answer.set_cookie(
        _ATTEMPT_COOKIE,
        services.seal.close(attempt.model_dump_json()),
        max_age=_ATTEMPT_LASTS_S,
        path=_BEGIN,
        httponly=True,
        samesite="lax",  # it has to come along when the provider sends the browser back
        secure=services.settings.secure_cookies,
    )
    return answer


@router.get(CALLBACK, summary="Come back from the provider", response_class=RedirectResponse)
def come_back_from_provider(
    request: Request,
    services: ServicesDep,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> RedirectResponse:
    """Open a session for whom the provider has signed in, and go to the page.

    What went wrong is told on the page, by its code in `?sign_in`.
    """
    provider = _provider(services)
    lifetime = timedelta(hours=services.settings.session_hours)
    try:
        attempt = _attempt(request, services)
        identity = provider.finish(attempt, state=state, code=code)
        with services.database.write() as session:
            user = sign_in.user_of(session, identity)
            if old := request.cookies.get(SESSION_COOKIE):
                sign_in.close_session(session, secret=old)
            _, secret = sign_in.open_session(session, user=user, lifetime=lifetime)
    except ProblemError as problem:
        return _to_page(problem)
    services.credentials.forget()
    answer = _to_page()
    set_session_cookie(answer, secret, services.settings)
    return answer


def _provider(services: Services) -> Provider:
    oidc = services.settings.oidc
    if oidc is None:
        raise NotFound("No provider is set; sign in with a password.", code="oidc-not-set")
    return Provider(oidc, services.settings.public_url)


def _attempt(request: Request, services: Services) -> Attempt:
    try:
        kept = services.seal.open(request.cookies.get(_ATTEMPT_COOKIE, ""))
        return Attempt.model_validate_json(kept)
    except (SecretUnreadable, ValidationError):
        raise Unauthenticated(
            "The sign-in took too long or began in another browser; try again.",
            code="oidc-expired",
        ) from None


def _to_page(problem: ProblemError | None = None) -> RedirectResponse:
    query = f"?{urlencode({'sign_in': problem.code})}" if problem else ""
    answer = RedirectResponse(f"/{query}", 303)
    answer.delete_cookie(_ATTEMPT_COOKIE, path=_BEGIN, httponly=True, samesite="lax")
    return answer
