"""The small public surface, the same for both clients, and the tree of errors as it is drawn."""

import inspect
import re

import gateway.client
from gateway import errors
from gateway.client import AsyncClient, Client

METHODS = {
    "cameras",
    "clip",
    "close",
    "post_clip",
    "post_frame",
    "post_frames",
    "report",
    "time",
}


def public(kind: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(method)
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def test_what_can_be_imported_is_what_is_promised() -> None:
    assert gateway.client.__all__ == [
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
    assert all(hasattr(gateway.client, name) for name in gateway.client.__all__)


def test_both_clients_take_and_give_the_same() -> None:
    sync, other = public(Client), public(AsyncClient)
    assert set(sync) == METHODS
    assert sync == other
    assert inspect.signature(Client.__init__) == inspect.signature(AsyncClient.__init__)
    assert all(inspect.iscoroutinefunction(getattr(AsyncClient, name)) for name in METHODS)


def test_the_tree_of_errors_is_the_one_that_is_drawn() -> None:
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"((?:[│ ]   )*)(?:[├└]── )?(\w+)(?:  +\S|$)", line)
        if match is None or not hasattr(errors, match[2]):
            continue
        depth = len(match[1]) // 4 + ("──" in line)
        path[depth:] = [match[2]]
        drawn[match[2]] = path[depth - 1] if depth else "Exception"
    real = {
        name: kind.__base__.__name__
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, Exception) and kind.__base__ is not None
    }
    assert drawn == real
