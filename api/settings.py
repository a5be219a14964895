"""What an installation can set: environment variables with the prefix `XUNJIAN_`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.base_map.files import checked
from api.devices.models import Protocol
from api.dispatch.schedule import DEFAULT_SCHEDULE_S
from api.mqtt_ingest.broker import broker_of
from api.permissions import Role
from models.errors import XunjianError


class SettingsInvalid(XunjianError):
    """An environment variable has a value that makes no sense."""


def _known_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises:
        ValueError: the IANA database has no such zone.
    """
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}; try Asia/Shanghai") from None
    return name


def _broker(url: SecretStr | None) -> SecretStr | None:
    """Return the address of a broker.

    Raises:
        ValueError: it is none.
    """
    if url is not None:
        broker_of(url.get_secret_value())
    return url


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """The provider that people may sign in through, and how its claims are read.

    Attributes:
        issuer: its URL, as it calls itself.
        client_id: its name for this service.
        client_secret: what this service proves itself with.
        name: how people know it.
        scope: what is asked for.
        role_claim: where the names of roles are, with dots between steps.
        roles: from its names to our roles; None where they are the same.
    """

    issuer: str
    client_id: str
    client_secret: SecretStr
    name: str
    scope: str
    role_claim: str
    roles: Mapping[str, Role] | None

    def role_of(self, name: str) -> Role | None:
        """Return the role that a name of the provider's grants."""
        if self.roles is not None:
            return self.roles.get(name)
        return next((role for role in Role if role == name), None)


class Settings(BaseSettings):
    """Settings of the service; every one has a default that works on a laptop."""

    model_config = SettingsConfigDict(env_prefix="XUNJIAN_", extra="forbid")

    data_dir: Annotated[Path, Field(description="folder of everything kept locally")] = Path("var")
    database_url: Annotated[
        str | None, Field(description="SQLAlchemy URL; SQLite in data_dir when absent")
    ] = None
    object_store: Annotated[
        str | None,
        Field(
            description="a folder, or s3://ACCESS:SECRET@HOST:PORT/BUCKET?secure=false; "
            "a folder in data_dir when absent"
        ),
    ] = None
    public_url: Annotated[
        str, Field(description="how departments and people reach this service")
    ] = "http://127.0.0.1:8000"
    base_map: Annotated[
        Annotated[Path, AfterValidator(checked)] | None,
        Field(description="map of the city under everything else: .pmtiles or .geojson, WGS-84"),
    ] = None
    drop_dir: Annotated[
        Path | None,
        Field(description="folders of departments that get files; drop in data_dir when absent"),
    ] = None
    device: Literal["auto", "cpu", "cuda", "tensorrt"] = "auto"
    model_variant: Literal["auto", "fp32", "int8"] = "auto"
    workers: Annotated[
        int | None,
        Field(ge=1, description="pictures inspected at the same time; what suits the device"),
    ] = None
    max_queue: Annotated[
        int, Field(ge=1, description="pictures waiting before the service answers 429")
    ] = 32
    max_picture_bytes: Annotated[int, Field(ge=1024)] = 20 * 1024 * 1024
    max_picture_pixels: Annotated[int, Field(ge=1024)] = 50_000_000
    max_batch: Annotated[int, Field(ge=1, le=32)] = 32
    max_batch_bytes: Annotated[
        int, Field(ge=1024, description="bytes of one request that posts several frames")
    ] = 64 * 1024 * 1024
    max_ingest_bytes: Annotated[
        int,
        Field(ge=2048, description="memory for the bodies of all requests that post frames"),
    ] = 256 * 1024 * 1024
    patience_s: Annotated[
        float,
        Field(gt=0, le=300, description="how long a gateway waits for an answer, unless it says"),
    ] = 20.0
    max_connections: Annotated[
        int, Field(ge=1, description="connections open at once before the service answers 503")
    ] = 1000
    max_clip_bytes: Annotated[
        int, Field(ge=1024, lt=2**31, description="longest clip that is taken")
    ] = 512 * 1024 * 1024
    max_clips_waiting: Annotated[
        int, Field(ge=1, description="clips waiting for a worker before the service answers 429")
    ] = 200
    upload_hours: Annotated[
        float, Field(gt=0, description="how long an unfinished upload of a clip is kept")
    ] = 24.0
    worker_processes: Annotated[
        int,
        Field(
            ge=0,
            le=64,
            description="processes of this service for long work; 0 leaves it to "
            "`xunjian work` elsewhere",
        ),
    ] = 1
    worker_memory_bytes: Annotated[
        int, Field(ge=2**30, description="memory that such a process may take")
    ] = 4 * 2**30
    job_timeout_s: Annotated[
        float, Field(gt=0, description="how long one job may take before its process is ended")
    ] = 1800.0
    delivery_threads: Annotated[
        int, Field(ge=0, description="cases sent at the same time; 0 leaves it to another process")
    ] = 4
    delivery_schedule_s: Annotated[
        tuple[Annotated[float, Field(ge=0)], ...],
        Field(min_length=1, description="seconds before each attempt to deliver a message"),
    ] = DEFAULT_SCHEDULE_S
    delivery_timeout_s: Annotated[
        float, Field(gt=0, le=120, description="how long a department may take to answer")
    ] = 15.0
    status_interval_s: Annotated[
        float,
        Field(
            gt=0, description="seconds between two questions to departments that do not call back"
        ),
    ] = 300.0
    open311_classes: Annotated[
        tuple[str, ...],
        Field(description="classes whose cases everybody may follow over Open311, as a JSON list"),
    ] = ()
    undo_s: Annotated[
        float,
        Field(
            ge=0,
            le=60,
            description="seconds in which a review can be undone; nothing is sent before",
        ),
    ] = 10.0
    second_review_share: Annotated[
        float,
        Field(ge=0, le=1, description="share of reviews that a second person repeats blindly"),
    ] = 0.03
    oidc_issuer: Annotated[
        str | None, Field(description="URL of a provider that people may sign in through")
    ] = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: Annotated[str, Field(min_length=1, description="how people know the provider")] = (
        "SSO"
    )
    oidc_scope: str = "openid profile email"
    oidc_role_claim: Annotated[
        str,
        Field(min_length=1, description="where the provider names roles, e.g. realm_access.roles"),
    ] = "roles"
    oidc_roles: Annotated[
        dict[str, Role] | None,
        Field(description="the provider's names of roles, as a JSON object of name to role"),
    ] = None
    front_doors: Annotated[
        frozenset[Protocol],
        Field(description="protocols whose devices are let in, as a JSON list; none when absent"),
    ] = frozenset()
    mqtt_url: Annotated[
        SecretStr | None,
        AfterValidator(_broker),
        Field(
            description="broker that MQTT devices publish to: mqtt://USER:PASSWORD@HOST:PORT, "
            "or mqtts:// over TLS"
        ),
    ] = None
    session_hours: Annotated[float, Field(gt=0)] = 12.0
    time_zone: Annotated[
        str, AfterValidator(_known_zone), Field(description="IANA name: where days and weeks begin")
    ] = "Asia/Shanghai"

    @model_validator(mode="after")
    def _room_for_a_request(self) -> Self:
        if self.max_ingest_bytes < 2 * max(self.max_picture_bytes, self.max_batch_bytes):
            raise ValueError(
                "XUNJIAN_MAX_INGEST_BYTES must be at least twice XUNJIAN_MAX_PICTURE_BYTES and "
                "XUNJIAN_MAX_BATCH_BYTES"
            )
        return self

    @model_validator(mode="after")
    def _broker_of_the_door(self) -> Self:
        if Protocol.MQTT in self.front_doors and self.mqtt_url is None:
            raise ValueError("the front door of MQTT needs XUNJIAN_MQTT_URL")
        return self

    @model_validator(mode="after")
    def _whole_provider(self) -> Self:
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(given) and not all(given):
            raise ValueError(
                "OIDC needs XUNJIAN_OIDC_ISSUER, XUNJIAN_OIDC_CLIENT_ID and "
                "XUNJIAN_OIDC_CLIENT_SECRET"
            )
        return self

    @property
    def oidc(self) -> OidcSettings | None:
        """Return the provider that people may sign in through, if there is one."""
        if not (self.oidc_issuer and self.oidc_client_id and self.oidc_client_secret):
            return None
        return OidcSettings(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret=self.oidc_client_secret,
            name=self.oidc_name,
            scope=self.oidc_scope,
            role_claim=self.oidc_role_claim,
            roles=self.oidc_roles,
        )

    @property
    def resolved_database_url(self) -> str:
        """Return the URL of the database, SQLite in `data_dir` by default."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'xunjian.sqlite3'}"

    @property
    def resolved_object_store(self) -> str:
        """Return where objects are kept, a folder in `data_dir` by default."""
        return self.object_store or str(self.data_dir.resolve() / "objects")

    @property
    def resolved_drop_dir(self) -> Path:
        """Return under which departments that get files have their folders."""
        return (self.drop_dir or self.data_dir / "drop").resolve()

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone in which days and weeks begin."""
        return ZoneInfo(self.time_zone)

    @property
    def secure_cookies(self) -> bool:
        """Say whether the session cookie is sent over HTTPS only: when people come over HTTPS."""
        return self.public_url.startswith("https://")


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsInvalid: when a value makes no sense; the message names the variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"XUNJIAN_{'.'.join(map(str, item['loc'])).upper()}: {item['msg']}"
            for item in error.errors()
        )
        raise SettingsInvalid(
            wrong, hint="docs/operations.md lists the settings and their values."
        ) from None
