"""A small OpenID provider that really signs, really checks PKCE, and can be told to misbehave."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.responses import JSONResponse, RedirectResponse

CLIENT_ID, CLIENT_SECRET = "xunjian", "a secret/with signs:"


@dataclass
class Provider:
    """Signs in whoever comes, as the person whose claims are set.

    Attributes:
        claims: of the person.
        told: what userinfo tells besides.
        lies: claims of the ID token that are not as they should be.
        key: what ID tokens are signed with; its public half is published, whatever is used.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signs_with: RSAKey | OctKey | None = None
    algorithm: str = "RS256"
    asked: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> FastAPI:
        """Return the provider as an application."""
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def describe(request: Request) -> dict[str, str]:
            base = str(request.base_url).rstrip("/")
            return {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/keys",
                "userinfo_endpoint": f"{base}/userinfo",
            }

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        @app.get("/authorize")
        def authorize(request: Request) -> RedirectResponse:
            asked = dict(request.query_params)
            self.asked.append(asked)
            code = secrets.token_urlsafe()
            self._codes[code] = asked
            back = urlencode({"code": code, "state": asked["state"]})
            return RedirectResponse(f"{asked['redirect_uri']}?{back}", 303)

        @app.post("/token")
        async def token(request: Request) -> JSONResponse:
            form = {key: str(value) for key, value in (await request.form()).items()}
            asked = self._codes.pop(form.get("code", ""), None)
            proof = f"{quote_plus(CLIENT_ID)}:{quote_plus(CLIENT_SECRET)}"  # RFC 6749 2.3.1
            right = base64.b64encode(proof.encode()).decode()
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if (
                asked is None
                or request.headers.get("Authorization") != f"Basic {right}"
                or form["redirect_uri"] != asked["redirect_uri"]
                or (asked["code_challenge_method"], asked["code_challenge"]) != ("S256", challenge)
            ):
                return JSONResponse({"error": "invalid_grant"}, 400)
            base = str(request.base_url).rstrip("/")
            claims = {
                "iss": base,
                "aud": CLIENT_ID,
                "iat": int(time.time()),
                "exp": int(time.time()) + 300,
                "nonce": asked["nonce"],
                **self.claims,
                **self.lies,
            }
            header = {"alg": self.algorithm, "kid": self.key.kid}
            signed = jwt.encode(
                header, claims, self.signs_with or self.key, algorithms=[self.algorithm]
            )
            return JSONResponse(
                {"access_token": "a", "token_type": "Bearer", "id_token": signed, "expires_in": 60}
            )

        @app.get("/userinfo")
        def userinfo(request: Request) -> dict[str, Any]:
            assert request.headers["Authorization"] == "Bearer a"
            return {"sub": self.claims["sub"], **self.told}

        return app
