"""Sessions, users and tokens."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.accounts import service, sign_in
from api.accounts.cookies import set_session_cookie
from api.accounts.credentials import Credential
from api.accounts.models import User
from api.accounts.schemas import (
    NewToken,
    PasswordChange,
    RolesView,
    RoleView,
    SessionUser,
    SessionView,
    SignIn,
    TokenCreate,
    TokenView,
    UserCreate,
    UserUpdate,
    UserView,
)
from api.dependencies import (
    SESSION_COOKIE,
    CredentialDep,
    ServicesDep,
    allow,
)
from api.errors import Forbidden
from api.leases import service as leases
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, page
from api.permissions import PERMISSIONS, PERSON_ONLY, Action, Role, permissions_of
from api.principal import Principal
from api.problems import problem_responses
from api.second_reviews import service as second_reviews

router = APIRouter(tags=["accounts"])


async def _signed_in(credential: CredentialDep) -> Credential:
    if credential.csrf_token is None:
        raise Forbidden("A token has no session: this is for people.", code="not-allowed")
    return credential


SignedIn = Annotated[Credential, Depends(_signed_in)]
UsersManager = Annotated[Principal, Depends(allow(Action.USERS_MANAGE))]
TokensManager = Annotated[Principal, Depends(allow(Action.TOKENS_MANAGE))]


@router.post(
    "/v1/session",
    summary="Sign in",
    response_model=SessionView,
    responses=problem_responses(401, 429),
)
def sign_in_to_session(
    body: SignIn, request: Request, response: Response, services: ServicesDep
) -> SessionView:
    """Open a session and set its cookie; a session the browser had before is closed."""
    lifetime = timedelta(hours=services.settings.session_hours)
    user = sign_in.check_password(
        services.database,
        username=body.username,
        password=body.password.get_secret_value(),
    )
    with services.database.write() as session:
        if old := request.cookies.get(SESSION_COOKIE):
            sign_in.close_session(session, secret=old)
        user_session, secret = sign_in.open_session(session, user=user, lifetime=lifetime)
    services.credentials.forget()
    set_session_cookie(response, secret, services.settings)
    return _view(user, user_session.csrf_token, services.settings.time_zone)


@router.get("/v1/session", summary="Who is signed in", response_model=SessionView)
def read_session(credential: SignedIn, services: ServicesDep) -> SessionView:
    """Return the signed-in user, what they may do, and the CSRF token of their writes."""
    with services.database.read() as session:
        user = service.get_user(session, credential.principal.id)
    return _view(user, credential.csrf_token or "", services.settings.time_zone)


@router.delete("/v1/session", summary="Sign out", status_code=204)
def sign_out_of_session(
    credential: SignedIn, request: Request, response: Response, services: ServicesDep
) -> None:
    """Close the session and take its cookie away; others may have what the person looked at."""
    with services.database.write() as session:
        leases.give_back(session, credential.principal)
        second_reviews.give_back(session, credential.principal)
        sign_in.close_session(session, secret=request.cookies[SESSION_COOKIE])
    services.credentials.forget()
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict")


@router.post(
    "/v1/session/password",
    summary="Change one's own password",
    status_code=204,
    responses=problem_responses(401, 429),
)
def change_password(body: PasswordChange, credential: SignedIn, services: ServicesDep) -> None:
    """Change one's own password; every session of the user, this one too, is closed."""
    principal = credential.principal
    sign_in.check_password(
        services.database,
        username=principal.name,
        password=body.current_password.get_secret_value(),
    )
    password_hash = service.new_password_hash(body.new_password.get_secret_value())
    with services.database.write() as session:
        service.update_user(
            session,
            user_id=principal.id,
            values={"password_hash": password_hash},
            actor=principal.actor,
        )
    services.credentials.forget()


@router.get("/v1/users", summary="List users", response_model=Page[UserView])
def list_users(
    _: UsersManager,
    services: ServicesDep,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[UserView]:
    """Return users, oldest first."""
    after_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        rows = service.users(session, limit=limit, after_id=after_id)
    return page(rows, limit, UserView)


@router.post(
    "/v1/users",
    summary="Make a user",
    status_code=201,
    response_model=UserView,
    responses=problem_responses(409),
)
def create_user(body: UserCreate, principal: UsersManager, services: ServicesDep) -> UserView:
    """Make a user who signs in with a password."""
    password_hash = service.new_password_hash(body.password.get_secret_value())
    with services.database.write() as session:
        user = service.create_user(
            session,
            username=body.username,
            display_name=body.display_name,
            password_hash=password_hash,
            role=body.role,
            camera_ids=body.camera_ids,
            actor=principal.actor,
        )
    return UserView.model_validate(user)


@router.patch(
    "/v1/users/{user_id}",
    summary="Change a user",
    response_model=UserView,
    responses=problem_responses(404, 409),
)
def update_user(
    user_id: str, body: UserUpdate, principal: UsersManager, services: ServicesDep
) -> UserView:
    """Change a user; whoever is disabled or gets a new password is signed out everywhere."""
    values = body.model_dump(exclude_unset=True)
    password = values.pop("password", None)
    values = {
        key: value for key, value in values.items() if value is not None or key == "camera_ids"
    }
    if password is not None:
        values["password_hash"] = service.new_password_hash(password.get_secret_value())
    with services.database.write() as session:
        user = service.update_user(session, user_id=user_id, values=values, actor=principal.actor)
    services.credentials.forget()
    return UserView.model_validate(user)


@router.get("/v1/roles", summary="What each role may do", response_model=RolesView)
def list_roles(_: UsersManager) -> RolesView:
    """Return the permission table as the service applies it; it is not set but written in code."""
    return RolesView(
        actions=list(PERMISSIONS),
        roles=[RoleView(role=role, permissions=permissions_of(role)) for role in Role],
        person_only=[action for action in PERMISSIONS if action in PERSON_ONLY],
    )


@router.get("/v1/tokens", summary="List tokens", response_model=Page[TokenView])
def list_tokens(
    _: TokensManager,
    services: ServicesDep,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[TokenView]:
    """Return tokens, oldest first, revoked ones too, without their secrets."""
    after_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        rows = service.tokens(session, limit=limit, after_id=after_id)
    return page(rows, limit, TokenView)


@router.post(
    "/v1/tokens",
    summary="Make a token",
    status_code=201,
    response_model=NewToken,
    responses=problem_responses(404),
)
def create_token(body: TokenCreate, principal: TokensManager, services: ServicesDep) -> NewToken:
    """Make a token; its secret is in this answer and nowhere else."""
    with services.database.write() as session:
        token, secret = service.create_token(
            session,
            name=body.name,
            role=body.role,
            gateway_id=body.gateway_id,
            expires_at=body.expires_at,
            actor=principal.actor,
        )
    return NewToken(**TokenView.model_validate(token).model_dump(), secret=secret)


@router.delete(
    "/v1/tokens/{token_id}",
    summary="Revoke a token",
    response_model=TokenView,
    responses=problem_responses(404),
)
def revoke_token(token_id: str, principal: TokensManager, services: ServicesDep) -> TokenView:
    """Revoke a token; revoking it again changes nothing."""
    with services.database.write() as session:
        token = service.revoke_token(session, token_id=token_id, actor=principal.actor)
    services.credentials.forget()
    return TokenView.model_validate(token)


def _view(user: User, csrf_token: str, time_zone: str) -> SessionView:
    return SessionView(
        user=SessionUser.model_validate(user),
        csrf_token=csrf_token,
        permissions=permissions_of(user.role),
        time_zone=time_zone,
    )
