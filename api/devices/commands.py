"""Commands for devices; heavy imports stay inside the functions."""

from typing import Annotated, Literal

import typer

app = typer.Typer(no_args_is_help=True)
device = typer.Typer(
    no_args_is_help=True, help="Devices that speak a protocol of their own (docs/devices.md)."
)
app.add_typer(device, name="device")

Protocol = Literal["viid", "isapi", "gb28181", "mqtt"]
DeviceName = Annotated[str, typer.Argument(help="The device's name.")]


@device.command("create")
def create_device(
    name: Annotated[str, typer.Argument(help="The device's name, unique.")],
    protocol: Annotated[Protocol, typer.Option(help="How it speaks.")],
    identifier: Annotated[
        str, typer.Option(help="What it calls itself; 20 digits with viid and gb28181.")
    ],
    camera: Annotated[
        list[str],
        typer.Option(
            help="The name of its camera, or CHANNEL=NAME for each of its channels, where the "
            "device itself is an empty channel."
        ),
    ],
) -> None:
    """Make a device and print its secret, this once. It is refused until it is enabled.

    Examples:

        xunjian device create gate --protocol viid --identifier 33010600001190000001 --camera gate

        xunjian device create nvr --protocol isapi --identifier nvr --camera 1=east --camera 2=west
    """
    from api.cameras import service as cameras
    from api.commands import acting, open_database
    from api.devices import models, service
    from api.dispatch.sealing import Seal
    from api.secrets import load_secret_key
    from api.settings import load_settings

    seal = Seal(load_secret_key(load_settings().data_dir))
    with open_database() as database, database.write() as session:
        bound = {}
        for given in camera:
            channel, named, camera_name = given.partition("=")
            found = cameras.find_camera(session, camera_name if named else given)
            bound[channel if named else ""] = found.id
        _, secret = service.create_device(
            session,
            seal=seal,
            protocol=models.Protocol(protocol),
            identifier=identifier,
            name=name,
            cameras=bound,
            actor=acting(),
        )
    if secret is not None:
        typer.echo(secret)
        typer.echo("keep this secret now, it is not shown again", err=True)
    typer.echo(f"then: xunjian device enable {name!r}", err=True)


@device.command("list")
def list_devices() -> None:
    """List the devices.

    Example:

        xunjian device list
    """
    from api.commands import open_database, table
    from api.devices import service

    with open_database() as database, database.read() as session:
        rows = service.devices(session, limit=1_000_000)
    table(
        ["name", "protocol", "identifier", "cameras", "enabled", "last seen"],
        [
            [
                one.name,
                one.protocol,
                one.identifier,
                str(len(one.cameras)),
                "yes" if one.enabled else "",
                f"{one.last_seen_at:%Y-%m-%d %H:%M}Z" if one.last_seen_at else "never",
            ]
            for one in rows
        ],
    )


@device.command("enable")
def enable_device(name: DeviceName) -> None:
    """Let a device in.

    Example:

        xunjian device enable "north gate"
    """
    _set_enabled(name, True)


@device.command("disable")
def disable_device(name: DeviceName) -> None:
    """Refuse a device from now on; its next message already.

    Example:

        xunjian device disable "north gate"
    """
    _set_enabled(name, False)


def _set_enabled(name: str, enabled: bool) -> None:
    from api.commands import acting, open_database
    from api.devices import service

    with open_database() as database, database.write() as session:
        found = service.find_device(session, name)
        service.update_device(
            session, device_id=found.id, values={"enabled": enabled}, actor=acting()
        )
    typer.echo(f"{name} is {'enabled' if enabled else 'disabled'}")
