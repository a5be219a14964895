"""What routes are given: the services, and who is asking."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from api.accounts.credentials import Credential, Credentials
from api.clips.uploads import Uploads
from api.database import Database
from api.devices.digest import DigestGate
from api.dispatch.sealing import Seal
from api.errors import Forbidden, Unauthenticated
from api.events.feed import Feed
from api.evidence.objects import ObjectStore
from api.evidence.signing import LinkSigner
from api.frames.inspector import Inspector
from api.frames.intake import Intake
from api.metrics import Metrics
from api.permissions import PERSON_ONLY, Action, allowed
from api.principal import Principal
from api.registers.plates import PlateKeys
from api.reports.service import Reporter
from api.settings import Settings

SESSION_COOKIE = "xunjian_session"
CSRF_HEADER = "X-CSRF-Token"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="A token: `xj_…`.")
_cookie = APIKeyCookie(
    name=SESSION_COOKIE,
    auto_error=False,
    scheme_name="session",
    description=f"Set by `POST /v1/session`; writes also need the header `{CSRF_HEADER}`.",
)
BearerDep = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
CookieDep = Annotated[str | None, Depends(_cookie)]


@dataclass(frozen=True)
class Services:
    """Everything the routes work with; made when the service starts, closed when it stops."""

    settings: Settings
    database: Database
    credentials: Credentials
    feed: Feed
    metrics: Metrics
    objects: ObjectStore
    links: LinkSigner
    inspector: Inspector
    intake: Intake
    uploads: Uploads
    seal: Seal
    digests: DigestGate
    plates: PlateKeys
    reports: Reporter


def get_services(request: Request) -> Services:
    """Return the services of this application."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(get_services)]


async def current_credential(request: Request, bearer: BearerDep, cookie: CookieDep) -> Credential:
    """Return who is asking, by the token or, without one, by the session cookie.

    Raises:
        Unauthenticated: when neither is there, or the one that is there is not valid.
        Forbidden: when a browser writes without its CSRF token.
    """
    credentials = get_services(request).credentials
    if bearer is not None:
        kind, secret = "token", bearer.credentials
    elif cookie is not None:
        kind, secret = "session", cookie
    else:
        raise Unauthenticated(
            "Sign in, or send a token as `Authorization: Bearer xj_…`.", code="not-signed-in"
        )
    credential = credentials.remembered(kind, secret) or await run_in_threadpool(
        credentials.look_up, kind, secret
    )
    if credential is None and kind == "token":
        raise Unauthenticated(
            "The token is unknown, expired or revoked, or its gateway is disabled.",
            code="token-invalid",
        )
    if credential is None:
        raise Unauthenticated("The session has ended; sign in again.", code="session-ended")
    if credential.csrf_token is not None and request.method not in _SAFE_METHODS:
        sent = request.headers.get(CSRF_HEADER, "")
        if not secrets.compare_digest(sent.encode(), credential.csrf_token.encode()):
            raise Forbidden(
                f"Send the session's csrf_token (GET /v1/session) as `{CSRF_HEADER}`.",
                code="csrf-token-missing",
            )
    return credential


CredentialDep = Annotated[Credential, Depends(current_credential)]


def allow(action: Action) -> Callable[[Credential], Awaitable[Principal]]:
    """Return a dependency that gives the principal if it may do the action.

    Raises:
        Unauthenticated: by the dependency, when nobody valid is named.
        Forbidden: by the dependency, when the permission table does not name the role.
    """

    # async, so that it costs no hop to a thread: it stands before every request.
    async def allowed_principal(credential: CredentialDep) -> Principal:
        principal = credential.principal
        if not allowed(principal.role, action):
            raise Forbidden(
                f"The role {principal.role.value} may not do {action.value}.", code="not-allowed"
            )
        if action in PERSON_ONLY and principal.kind != "user":
            raise Forbidden(
                f"{action.value} is a person's word: sign in instead of using a token.",
                code="not-allowed",
            )
        return principal

    return allowed_principal
