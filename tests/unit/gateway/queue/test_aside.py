"""What is set aside is bounded, the newest is kept, and reasons stand beside it."""

from pathlib import Path

from gateway.queue.aside import Shelf


def put_aside(shelf: Shelf, folder: Path, name: str, size: int) -> None:
    (folder / name).write_bytes(b"x" * size)
    shelf.explain(name, f"why {name}")
    shelf.take_in(folder / name)


def names(shelf: Path) -> list[str]:
    return sorted(path.name for path in shelf.iterdir())


def test_the_oldest_goes_with_its_reason_when_there_is_too_much(tmp_path: Path) -> None:
    folder = tmp_path / "refused"
    shelf = Shelf(folder, max_bytes=6 * 4096)
    for name in "abc":
        put_aside(shelf, tmp_path, name, 4096)
    assert names(folder) == ["a", "a.txt", "b", "b.txt", "c", "c.txt"]
    put_aside(shelf, tmp_path, "d", 10)
    assert names(folder) == ["b", "b.txt", "c", "c.txt", "d", "d.txt"]
    assert (folder / "d.txt").read_text() == "why d\n"
    assert len(shelf) == 3


def test_the_order_is_known_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "refused"
    shelf = Shelf(folder, max_bytes=6 * 4096)
    for name in "cab":
        put_aside(shelf, tmp_path, name, 10)
    put_aside(Shelf(folder, max_bytes=6 * 4096), tmp_path, "d", 10)
    assert names(folder) == ["a", "a.txt", "b", "b.txt", "d", "d.txt"]


def test_a_file_too_large_for_the_shelf_leaves_its_reason_only(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "refused", max_bytes=4 * 4096)
    put_aside(shelf, tmp_path, "a", 10)
    put_aside(shelf, tmp_path, "b", 5 * 4096)
    assert names(tmp_path / "refused") == ["a", "a.txt", "b.txt"]
    assert not (tmp_path / "b").exists()


def test_any_reason_can_be_written(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "refused", max_bytes=100 * 4096)
    shelf.explain("a", "模糊 \ud800" + "x" * 1_000_000)
    assert (tmp_path / "refused" / "a.txt").read_text(encoding="utf-8").startswith("模糊 \\ud800x")
    assert (tmp_path / "refused" / "a.txt").stat().st_size < 5000


def test_a_smaller_bound_is_kept_at_the_start(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "refused", max_bytes=100 * 4096)
    for name in "abcdef":
        put_aside(shelf, tmp_path, name, 10)
    assert len(Shelf(tmp_path / "refused", max_bytes=2 * 4096)) == 1
    assert names(tmp_path / "refused") == ["f", "f.txt"]
