"""Which clips lie in the files and folders that a person names."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from inference.clips.folder import FRAME_LIST, list_pictures
from inference.clips.naming import order_by_name
from inference.offline import CLIP_SUFFIXES, Source, free_name

_FEWEST_PICTURES = 3


def find_clips(paths: Sequence[Path]) -> list[Source]:
    """List the clips: files as given, folders searched for clips and for folders of frames.

    A folder is one clip if it has a `frames.csv`, or if it holds no clip files and at least three
    pictures whose names tell their order. Everything else is searched, in the order of paths.

    Args:
        paths: Files and folders. A file that does not exist is listed too and fails in its turn,
            as does a folder with nothing but pictures in no order.

    Returns:
        One source per clip, each with a name of its own for the copy with the falls drawn in.
    """
    sources: list[Source] = []
    taken: set[Path] = set()
    for path in paths:
        found = list(_search(path)) if path.is_dir() else [path]
        if not found and path.is_dir() and list_pictures(path):
            found = [path]
        for clip in found:
            name = clip.relative_to(path) if clip != path else Path(clip.resolve().name)
            stem = name if clip.is_dir() else name.with_suffix("")
            free = free_name(stem.with_name(f"{stem.name}.mp4"), taken)
            taken.add(free)
            sources.append(Source(clip, free))
    return sources


def _search(folder: Path) -> Iterator[Path]:
    inside = sorted(folder.iterdir())
    clips = [one for one in inside if one.suffix.lower() in CLIP_SUFFIXES and one.is_file()]
    if (folder / FRAME_LIST).is_file() or (not clips and _tells_order(folder)):
        yield folder
        return
    for one in inside:
        if one in clips:
            yield one
        elif one.is_dir():
            yield from _search(one)


def _tells_order(folder: Path) -> bool:
    stems = [file.stem for file in list_pictures(folder)]
    return len(stems) >= _FEWEST_PICTURES and order_by_name(stems) is not None
