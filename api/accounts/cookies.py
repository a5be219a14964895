"""The cookie of a session."""

from starlette.responses import Response

from api.dependencies import SESSION_COOKIE
from api.settings import Settings


def set_session_cookie(response: Response, secret: str, settings: Settings) -> None:
    """Give a browser the secret of its session; no script reads it, no other site sends it."""
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=int(settings.session_hours * 3600),
        httponly=True,
        samesite="strict",
        secure=settings.secure_cookies,
    )
