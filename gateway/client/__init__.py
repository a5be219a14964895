"""The Python client of the service's HTTP contract (`docs/gateways.md`), sync and async.

What it raises is drawn in `gateway.errors`; how it is used is in `docs/clients.md`.
"""

from gateway.client.async_client import AsyncClient
from gateway.client.client import Client
from gateway.client.clips import ClipFile
from gateway.client.exchanges import PostableClip
from gateway.client.reports import CameraReport, GatewayReport, QueueReport
from gateway.client.results import (
    Camera,
    CameraHealth,
    ClipProblem,
    ClipReceipt,
    ClipStatus,
    Detection,
    Finding,
    Model,
    Receipt,
)
from gateway.errors import (
    Busy,
    Failed,
    FieldError,
    GatewayError,
    NotTheService,
    Refusal,
    Refused,
    ServiceError,
    SettingInvalid,
    Unauthorised,
    Unreachable,
)
from gateway.frame import CapturedFrame, FrameMetadata

__all__ = [
    "AsyncClient",
    "Busy",
    "Camera",
    "CameraHealth",
    "CameraReport",
    "CapturedFrame",
    "Client",
    "ClipFile",
    "ClipProblem",
    "ClipReceipt",
    "ClipStatus",
    "Detection",
    "Failed",
    "FieldError",
    "Finding",
    "FrameMetadata",
    "GatewayError",
    "GatewayReport",
    "Model",
    "NotTheService",
    "PostableClip",
    "QueueReport",
    "Receipt",
    "Refusal",
    "Refused",
    "ServiceError",
    "SettingInvalid",
    "Unauthorised",
    "Unreachable",
]
