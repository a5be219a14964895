"""What a gateway is told in its configuration file (YAML; see docs/gateway-agent.md)."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    ByteSize,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    model_validator,
)

from gateway.config_parts import LocalPath, Part, Seconds
from gateway.document import read_document
from gateway.errors import ConfigInvalid
from gateway.positions.config import Positions
from gateway.queue import DropPolicy, parse_key
from gateway.sources.config import CameraConfig
from gateway.uplink.schedule import Hours, check_place


class ServiceConfig(Part):
    """The service that everything goes to.

    Attributes:
        url: for example `https://xunjian.example.org`.
        token: the gateway's token; best as `${NAME}` from the environment.
        token_file: a file that holds the token; it is read anew whenever the token is refused.
        ca_file: certificates (PEM) of the authorities to believe instead of the public ones.
        pinned_certificate: the service's own certificate (PEM), when nothing else is believed.
        proxy: the address of an HTTP proxy.
        timeout: how long to wait for one answer.
    """

    url: HttpUrl
    token: SecretStr | None = None
    token_file: LocalPath | None = None
    ca_file: LocalPath | None = None
    pinned_certificate: LocalPath | None = None
    proxy: str | None = None
    timeout: Seconds = 30.0

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        if (self.token is None) == (self.token_file is None):
            raise ValueError("give token_file, or token: one of the two")
        return self

    def secret(self) -> str:
        """Return the token.

        Raises:
            ConfigInvalid: its file cannot be read, or is empty.
        """
        if self.token_file is None:
            return self.token.get_secret_value() if self.token else ""
        hint = "make one on the service: xunjian token create NAME --gateway NAME"
        try:
            secret = self.token_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigInvalid(
                f"the token's file {self.token_file}: {error.strerror}", hint=hint
            ) from error
        if not secret:
            raise ConfigInvalid(f"the token's file {self.token_file} is empty", hint=hint)
        return secret


class QueueConfig(Part):
    """The disk queue.

    Attributes:
        folder: where it is.
        max_bytes: how much of the disk the waiting frames may take (`20 GiB`).
        clips_max_bytes: the same for clips.
        when_full: what is given up when there is no room.
        key_file: encrypts what waits, with the key in this file (`openssl rand -hex 32`).
    """

    model_config = ConfigDict(revalidate_instances="always")  # the default's folder, too

    folder: Annotated[LocalPath, Field(validate_default=True)] = Path("queue")
    max_bytes: Annotated[ByteSize, Field(ge=1024**2)] = ByteSize(8 * 1024**3)
    clips_max_bytes: Annotated[ByteSize, Field(ge=1024**2)] = ByteSize(8 * 1024**3)
    when_full: Literal[DropPolicy.OLDEST_BACKFILL, DropPolicy.NEWEST] = DropPolicy.OLDEST_BACKFILL
    key_file: LocalPath | None = None

    def key(self) -> bytes | None:
        """Return the key that encrypts what waits; None when nothing shall.

        Raises:
            ConfigInvalid: its file cannot be read, lies in the queue's folder, or holds no key.
        """
        if self.key_file is None:
            return None
        if self.key_file.resolve().is_relative_to(self.folder.resolve()):
            raise ConfigInvalid(
                f"the queue's key {self.key_file} lies in the queue's own folder",
                hint="put it elsewhere: whoever takes the folder must not have the key",
            )
        try:
            return parse_key(self.key_file.read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigInvalid(
                f"the queue's key {self.key_file} cannot be read",
                hint=f"make one: openssl rand -hex 32 > {self.key_file}",
            ) from error


def _hours(text: str) -> str:
    Hours.read(text)
    return text


def _place(text: str) -> str:
    check_place(text)
    return text


class BackfillConfig(Part):
    """When what is no alert is sent; always when nothing is said.

    Attributes:
        hours: times of the day here (`22:00-06:00`).
        when_reachable: only while this answers: `HOST:PORT`, such as the depot's Wi-Fi router, or
            an address `http://…`.
    """

    hours: tuple[Annotated[str, AfterValidator(_hours)], ...] = ()
    when_reachable: Annotated[str, AfterValidator(_place)] | None = None


class UploadConfig(Part):
    """How fast, how much and when.

    Attributes:
        at_once: how many may be on their way at once, at most; how many are, the service decides.
        bytes_per_day: most that is sent on one day; no bound when left out.
        bytes_per_month: likewise of a month.
        alerts_beyond_quota: whether alerts are sent when these bytes are used up.
        backfill: when what is no alert is sent.
    """

    at_once: Annotated[int, Field(ge=1, le=16)] = 4
    bytes_per_day: ByteSize | None = None
    bytes_per_month: ByteSize | None = None
    alerts_beyond_quota: bool = False
    backfill: BackfillConfig = BackfillConfig()


class StatusConfig(Part):
    """The status page.

    Attributes:
        host: where it listens; only this machine reaches the default.
        port: its port.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9480


class GatewayConfig(Part):
    """One gateway.

    Attributes:
        service: where everything goes.
        cameras: what it looks through.
        queue: where things wait.
        upload: how they are sent.
        positions: where it is, for vehicles.
        status: its own page; `null` for none.
    """

    service: ServiceConfig
    cameras: Annotated[tuple[CameraConfig, ...], Field(min_length=1)]
    queue: Annotated[QueueConfig, Field(validate_default=True)] = QueueConfig()
    upload: UploadConfig = UploadConfig()
    positions: Positions | None = None
    status: StatusConfig | None = StatusConfig()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        names = [camera.camera for camera in self.cameras]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"the camera {', '.join(sorted(twice))} is there twice")
        return self


def read_config(path: Path) -> GatewayConfig:
    """Read a gateway's configuration.

    Raises:
        ConfigInvalid: naming each mistake's line and how to mend it.
    """
    return read_document(path, GatewayConfig)
