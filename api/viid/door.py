"""Who stands at the door: by a proof of the secret, or by a registration that goes on."""

import ipaddress
import secrets

import structlog
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services
from api.devices import service as devices
from api.devices.digest import DigestAnswer, Outcome
from api.devices.models import Protocol
from api.devices.service import KnownDevice
from api.dispatch.sealing import SecretUnreadable
from api.viid import sessions
from api.viid.answers import RequestRefused, StatusCode

USER_IDENTIFY = "User-Identify"
_log = structlog.get_logger()


async def registering(request: Request, services: Services, named: str | None) -> KnownDevice:
    """Return the device that proves its secret, registered from its address from now on.

    Args:
        request: with the header `Authorization`, once the device was asked.
        services: of the application.
        named: what the message calls the device.

    Raises:
        RequestRefused: it has not proved who it is; the answer asks for it.
    """
    return await run_in_threadpool(_registering, request, services, named)


async def registered(request: Request, services: Services) -> KnownDevice:
    """Return the device that sends a request, by its registration, or by a proof as at one.

    Raises:
        RequestRefused: it is not registered from this address; the answer asks it to register.
    """
    device = await run_in_threadpool(_registered, request, services)
    if device is None and "authorization" in request.headers:
        return await registering(request, services, None)
    if device is None:
        raise _unproven(services, "not registered: register first")
    return device


def unregister(services: Services, device: KnownDevice) -> None:
    """Forget that a device is registered."""
    with services.database.write() as session:
        sessions.end(session, device)


def _registering(request: Request, services: Services, named: str | None) -> KnownDevice:
    identifier = request.headers.get(USER_IDENTIFY, named)
    proof = DigestAnswer.read(request.headers.get("authorization", ""))
    if identifier is None or named not in (None, identifier) or proof is None:
        raise _unproven(services, "not registered: answer the Digest challenge")
    device = _known(services, identifier)
    query = request.url.query
    outcome = services.digests.check(
        proof,
        method=request.method,
        target=request.url.path + (f"?{query}" if query else ""),
        secret=_secret(services, device),
    )
    if device is None or outcome is not Outcome.GENUINE:
        _log.warning(
            "a VIID device is refused",
            device=identifier[:40],
            peer=peer_of(request),
            reason="unknown or disabled" if device is None else outcome.value,
        )
        raise _unproven(
            services, "not registered: the proof is wrong", stale=outcome is Outcome.STALE
        )
    with services.database.write() as session:
        sessions.begin(session, device, peer_of(request))
    devices.seen(services.database, device)
    return device


def _registered(request: Request, services: Services) -> KnownDevice | None:
    device = _known(services, request.headers.get(USER_IDENTIFY, ""))
    if device is None or not sessions.is_registered(services.database, device, peer_of(request)):
        return None
    devices.seen(services.database, device)
    return device


def _secret(services: Services, device: KnownDevice | None) -> str:
    """Return a device's secret; nobody's for an unknown one, which is refused just the same."""
    if device is not None and device.sealed_secret is not None:
        try:
            return services.seal.open(device.sealed_secret)
        except SecretUnreadable as error:
            _log.error("a device's secret cannot be read", device_id=device.id, error=str(error))
    return secrets.token_hex()


def _known(services: Services, identifier: str) -> KnownDevice | None:
    if not identifier.isascii() or not identifier.isdecimal():
        return None
    with services.database.read() as session:
        return devices.known(session, protocol=Protocol.VIID, identifier=identifier)


def _unproven(services: Services, text: str, *, stale: bool = False) -> RequestRefused:
    return RequestRefused(
        StatusCode.INVALID_OPERATION,
        text,
        http_status=401,
        challenges=services.digests.challenges(stale=stale),
    )


def peer_of(request: Request) -> str:
    """Return the network address that a request comes from, IPv4 as such."""
    host = request.client.host if request.client is not None else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host[:64]
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
