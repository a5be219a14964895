"""Signing in through the city's own provider: OpenID Connect, authorization code with PKCE.

OpenID Connect Core 1.0 section 3.1, RFC 7636 (PKCE, S256). The provider's description and its keys
are asked for at every sign-in, which is rare, so that keys may change at any time.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ValidationError

from api.errors import Unauthenticated
from api.permissions import Role
from api.settings import OidcSettings

CALLBACK = "/v1/session/oidc/callback"
_DESCRIPTION = "/.well-known/openid-configuration"
# Those with a private key: a token must not be signed with what we know, or not at all.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
_TIMEOUT_S = 10.0
_LEEWAY_S = 60
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_STRONGEST_FIRST = (Role.ADMIN, Role.SUPERVISOR, Role.ML_ENGINEER, Role.OPERATOR)
_log = structlog.get_logger()


class Attempt(BaseModel):
    """What the browser keeps, sealed, between leaving for the provider and coming back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider has signed in.

    Attributes:
        issuer: the provider.
        subject: its name for the person; never given to another one.
        username: what the person is called, made fit for one of ours.
        display_name: for others to read.
        role: the strongest that the provider grants.
    """

    issuer: str
    subject: str
    username: str
    display_name: str
    role: Role


class _Description(BaseModel):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None


class _Tokens(BaseModel):
    id_token: str
    access_token: str


class Provider:
    """The provider that an installation is set to.

    Args:
        settings: which, and how its claims are read.
        public_url: how people reach this service; the provider sends them back there.
    """

    def __init__(self, settings: OidcSettings, public_url: str) -> None:
        self._settings = settings
        self._redirect_uri = public_url.rstrip("/") + CALLBACK

    def begin(self) -> tuple[str, Attempt]:
        """Return where the browser is sent to sign in, and what is remembered of it.

        Raises:
            Unauthenticated: the provider cannot be asked.
        """
        attempt = Attempt(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
        )
        with httpx.Client(timeout=_TIMEOUT_S) as client:
            endpoint = self._describe(client).authorization_endpoint
        url = prepare_grant_uri(
            endpoint,
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=self._redirect_uri,
            scope=self._settings.scope,
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
        )
        return str(url), attempt

    def finish(self, attempt: Attempt, *, state: str, code: str) -> Identity:
        """Return who has come back from the provider.

        Args:
            attempt: what was remembered.
            state: as it came back.
            code: what the provider gives tokens for, once.

        Raises:
            Unauthenticated: it is another attempt's answer, or the provider's tokens do not hold,
                or it grants no role that is known here.
        """
        if not secrets.compare_digest(state.encode(), attempt.state.encode()):
            raise _failed("the answer belongs to another attempt")
        try:
            with httpx.Client(timeout=_TIMEOUT_S) as client:
                described = self._describe(client)
                tokens = self._tokens(client, described, code, attempt.verifier)
                claims = self._claims(client, described, tokens.id_token, attempt.nonce)
                if described.userinfo_endpoint:
                    bearer = {"Authorization": f"Bearer {tokens.access_token}"}
                    told = client.get(described.userinfo_endpoint, headers=bearer)
                    claims = _with_more(claims, told.raise_for_status().json())
        except (JoseError, httpx.HTTPError, ValueError) as error:
            raise _failed(f"{type(error).__name__}: {error}") from None
        return self._identity(claims)

    def _tokens(
        self, client: httpx.Client, described: _Description, code: str, verifier: str
    ) -> _Tokens:
        """Return what the provider gives for a code; RFC 6749 sections 2.3.1 and 4.1.3."""
        proof = (self._settings.client_id, self._settings.client_secret.get_secret_value())
        answer = client.post(
            described.token_endpoint,
            auth=httpx.BasicAuth(*map(quote_plus, proof)),
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._redirect_uri,
                "code_verifier": verifier,
            },
        )
        return _Tokens.model_validate(answer.raise_for_status().json())

    def _describe(self, client: httpx.Client) -> _Description:
        issuer = self._settings.issuer
        try:
            answer = client.get(issuer.rstrip("/") + _DESCRIPTION)
            described = _Description.model_validate(answer.raise_for_status().json())
        except (httpx.HTTPError, ValidationError, ValueError) as error:
            raise _failed(f"{issuer} does not describe itself: {type(error).__name__}") from None
        if described.issuer != issuer:
            raise _failed(f"{issuer} calls itself {described.issuer}")
        for url in described.model_dump(exclude={"issuer"}, exclude_none=True).values():
            if not is_safe(url):
                raise _failed(f"{url} is not reached over HTTPS")
        return described

    def _claims(
        self, client: httpx.Client, described: _Description, token: str, nonce: str
    ) -> dict[str, Any]:
        """Return what an ID token claims, once signature, issuer, audience, time and nonce hold."""
        keys = client.get(described.jwks_uri).raise_for_status().json()
        signed = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            options={
                "iss": {"essential": True, "value": described.issuer},
                "aud": {"essential": True, "value": self._settings.client_id},
                "nonce": {"essential": True, "value": nonce},
            },
            params={"nonce": nonce, "client_id": self._settings.client_id},
        )
        claims.validate(leeway=_LEEWAY_S)
        return dict(claims)

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        granted = {self._settings.role_of(name) for name in _at(claims, self._settings.role_claim)}
        role = next((role for role in _STRONGEST_FIRST if role in granted), None)
        if role is None:
            raise Unauthenticated(
                "You are known, but you have no role here: ask whoever manages the accounts.",
                code="oidc-no-role",
            )
        subject = str(claims["sub"])
        named = str(claims.get("preferred_username") or claims.get("email") or subject)
        username = "".join(named.split()).replace("\x00", "")[:60] or subject[:60]
        shown = " ".join(str(claims.get("name") or username).replace("\x00", "").split())[:120]
        return Identity(self._settings.issuer, subject, username, shown or username, role)


def is_safe(url: str) -> bool:
    """Say whether what is sent to a URL cannot be read on the way."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _with_more(claims: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the ID token claims, and what the provider tells besides of the same person."""
    if more.get("sub") != claims["sub"]:
        raise ValueError("the provider tells of another person")
    return {**more, **claims}


def _at(claims: Mapping[str, Any], path: str) -> list[str]:
    """Return the names at a place within claims, such as `realm_access.roles`."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for step in path.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return found.split()
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _failed(why: str) -> Unauthenticated:
    _log.warning("sign-in through the provider failed", why=why)
    return Unauthenticated(
        "The provider could not sign you in; try again, or use your password.", code="oidc-failed"
    )
