"""Options that several commands of `training` share; imports no more than typer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.recipe import DataFolders

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="The model, e.g. road_damage.")]
DataOption = Annotated[
    Path,
    typer.Option(
        envvar="XUNJIAN_DATA",
        help="Folder that holds all data, each source in the folder that its dataset card names.",
    ),
]
SourceOption = Annotated[
    list[str] | None,
    typer.Option(metavar="CARD=FOLDER", help="Where a source lies, if elsewhere; may be repeated."),
]


def data_folders(root: Path, sources: "Sequence[str] | None") -> "DataFolders":
    """Where the data lies, from --data and --source.

    Raises:
        typer.BadParameter: If a source is not CARD=FOLDER.
    """
    from training.recipe import DataFolders

    elsewhere = {}
    for text in sources or []:
        card, equals, folder = text.partition("=")
        if not (card and equals and folder):
            raise typer.BadParameter(f"{text!r} is not CARD=FOLDER", param_hint="--source")
        elsewhere[card] = Path(folder)
    return DataFolders(root, elsewhere)
