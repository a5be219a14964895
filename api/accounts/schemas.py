"""Users, sessions and tokens as they go over the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from api.permissions import Action, Role

Username = Annotated[
    str, Field(min_length=1, max_length=60, pattern=r"^[^\s\x00]+$", examples=["wang.fang"])
]
DisplayName = Annotated[str, Field(min_length=1, max_length=120, examples=["王芳"])]
Password = Annotated[SecretStr, Field(max_length=200, examples=["correct horse battery staple"])]
CameraIds = Annotated[
    list[str] | None,
    Field(max_length=1000, description="the cameras whose findings are seen; null: every one"),
]


class SignIn(BaseModel):
    """A name and a password."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(max_length=60, examples=["wang.fang"])
    password: Password


class PasswordChange(BaseModel):
    """One's own new password."""

    model_config = ConfigDict(extra="forbid")

    current_password: Password
    new_password: Password


class SessionUser(BaseModel):
    """Who is signed in."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    username: Username
    display_name: DisplayName
    role: Role
    camera_ids: CameraIds


class SessionView(BaseModel):
    """Who is signed in, what they may do, and what their writes must carry."""

    user: SessionUser
    csrf_token: str = Field(description="sent as X-CSRF-Token with every write")
    permissions: list[Action] = Field(examples=[["findings:read", "findings:review"]])
    time_zone: str = Field(
        description="IANA name: where the installation's days begin", examples=["Asia/Shanghai"]
    )


class UserView(SessionUser):
    """A user."""

    disabled_at: datetime | None
    created_at: datetime


class UserCreate(BaseModel):
    """A new user."""

    model_config = ConfigDict(extra="forbid")

    username: Username
    display_name: DisplayName
    password: Password
    role: Role
    camera_ids: CameraIds = None


class UserUpdate(BaseModel):
    """What of a user is to change; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    display_name: DisplayName | None = None
    password: Password | None = None
    role: Role | None = None
    camera_ids: CameraIds = None
    disabled: bool | None = None


class TokenView(BaseModel):
    """A token without its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str = Field(examples=["bus depot east"])
    role: Role
    gateway_id: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class TokenCreate(BaseModel):
    """A new token. One of the role gateway names its gateway; no other does."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=120, examples=["bus depot east"])
    role: Role
    gateway_id: str | None = None
    expires_at: AwareDatetime | None = None


class NewToken(TokenView):
    """A token with its secret, shown this once."""

    secret: str = Field(examples=["xj_Zm9v…"])


class RoleView(BaseModel):
    """What a role may do."""

    role: Role
    permissions: list[Action]


class RolesView(BaseModel):
    """The permission table: what no role is named for is denied."""

    actions: list[Action] = Field(description="everything that can be asked, in the table's order")
    roles: list[RoleView]
    person_only: list[Action] = Field(description="what no token may do, whatever its role")
