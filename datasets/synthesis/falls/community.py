"""What the community's camera of `make demo` sees: one thing falls; then only what is mistaken."""

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from datasets.synthesis.falls.actors import Billboard
from datasets.synthesis.falls.backdrop import build_backdrop
from datasets.synthesis.falls.camera import Camera
from datasets.synthesis.falls.facade import drawn_facade
from datasets.synthesis.falls.film import render
from datasets.synthesis.falls.motion import Wind, fall
from datasets.synthesis.falls.negatives import DISTRACTIONS, Surroundings
from datasets.synthesis.falls.scene import Fall, Scene
from datasets.synthesis.falls.sensor import Recording
from datasets.synthesis.falls.sprites import thing

CAMERA = "building 3 north"
SECONDS = 3.0
FLOOR, COLUMN = 9, 3
_SEED, _FLOORS, _LIGHT = 7, 12, 0.95
_MISTAKEN = ("bird", "bird", "cloth", "light", "person")
_RECORDING = Recording(
    fps=15.0,
    exposure_s=1 / 200,
    readout_s=0.01,
    read_noise=1.0,
    shot_noise=1.5,
    crf=26,
    jitter=0.05,
    drops=0.0,
    shake_px=0.0,
)


def write_community(out: Path, start: datetime) -> int:
    """Render two clips, half a minute apart, and list them; beside them lies the facade's grid.

    Args:
        out: Where to; made if absent.
        start: When the first clip begins.

    Returns:
        How many clips there are.
    """
    out.mkdir(parents=True, exist_ok=True)
    with (out / "clips.csv").open("w", newline="", encoding="utf-8") as table:
        rows = csv.writer(table)
        rows.writerow(("file", "camera", "captured_at"))
        for number, scene in enumerate((_scene(falls=True), _scene(falls=False))):
            film = render(scene)
            name = "fall" if scene.falls else "mistaken"
            film.write(out, name)
            at = start + timedelta(seconds=30 * number)
            rows.writerow((f"{name}.mp4", CAMERA, at.isoformat()))
    picture = {"width": film.truth["width"], "height": film.truth["height"]}
    facade = {"picture": picture, "grid": film.truth["grid"]}
    (out / "facade.json").write_text(json.dumps(facade) + "\n", "utf-8")
    return number + 1


def _scene(*, falls: bool) -> Scene:
    rng = np.random.default_rng(_SEED)
    facade = drawn_facade(rng, _FLOORS)
    camera = Camera(
        width=640,
        height=360,
        focal_px=400.0,
        height_m=3.0,
        distance_m=32.0,
        pitch=0.42,
        yaw=0.0,
        roll=0.0,
    )
    backdrop = build_backdrop(camera, facade, light=_LIGHT, infrared=False, rng=rng)
    around = Surroundings(camera, facade, backdrop, _LIGHT, False, SECONDS)
    others = [] if falls else [DISTRACTIONS[kind](rng, around) for kind in _MISTAKEN]
    return Scene(
        seed=_SEED,
        seconds=SECONDS,
        light="day",
        weather="clear",
        camera=camera,
        facade=facade,
        backdrop=backdrop,
        recording=_RECORDING,
        falls=(_dropped(around, rng),) if falls else (),
        others=tuple(one for one in others if one is not None),
    )


def _dropped(around: Surroundings, rng: np.random.Generator) -> Fall:
    facade = around.facade
    start = np.array(
        [
            around.backdrop.left_m + (COLUMN - 0.5) * facade.column_m,
            (FLOOR - 0.5) * facade.floor_m,
            around.camera.distance_m - 1.0,
        ]
    )
    size_m, terminal_mps = 0.7, 25.0
    still = Wind(np.zeros(3), 0.0)
    path = fall(start, np.zeros(3), terminal_mps, size_m, still, 0.6, rng)
    actor = Billboard("fall", around.camera, path, thing(rng), size_m, _LIGHT)
    return Fall(actor, None, terminal_mps, FLOOR, COLUMN)
