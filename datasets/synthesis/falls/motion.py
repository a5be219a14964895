"""How things move through the air before a building: paths in metres over time.

Falls obey dv/dt = g - (g / v_t^2) |v - w| (v - w): gravity and quadratic drag towards the wind w,
written with the terminal speed v_t = sqrt(2 m g / (rho C_d A)) (Hoerner, "Fluid-Dynamic Drag",
1965). Light things flutter: side to side with a frequency of St v / L, St about 0.15 (Belmonte,
Eisenberg and Moses, "From flutter to tumble", Phys. Rev. Lett. 81, 1998).
"""

from dataclasses import dataclass

import numpy as np

from datasets.synthesis.types import Array

GRAVITY = 9.81
_STEP_S = 0.01
_FLUTTER_STROUHAL = 0.15
_FLUTTERS_BELOW = 4.0
"""Terminal speed in m/s below which a thing is light enough to flutter."""


@dataclass(frozen=True)
class Course:
    """Where something is over time.

    Attributes:
        times: (N,) seconds, rising.
        points: (N, 3) metres.
    """

    times: Array
    points: Array

    def at(self, times: Array) -> Array:
        """Positions (M, 3) at times (M,); NaN before the first and after the last."""
        columns = [
            np.interp(times, self.times, column, left=np.nan, right=np.nan)
            for column in self.points.T
        ]
        return np.stack(columns, axis=1)


@dataclass(frozen=True)
class Wind:
    """Mean wind and gusts, m/s.

    Attributes:
        mean: (3,) mean velocity.
        gust: Standard deviation of its horizontal parts.
        seconds: Time after which a gust is forgotten.
    """

    mean: Array
    gust: float
    seconds: float = 1.0

    def series(self, steps: int, rng: np.random.Generator) -> Array:
        """(steps, 3) velocities `_STEP_S` apart: an Ornstein-Uhlenbeck process about the mean."""
        keep = np.exp(-_STEP_S / self.seconds)
        shocks = rng.normal(size=(steps, 3)) * [1, 0.3, 1] * self.gust * np.sqrt(1 - keep**2)
        gusts = np.zeros(3)
        rows = np.empty((steps, 3))
        for row, shock in zip(rows, shocks, strict=True):
            gusts = keep * gusts + shock
            row[:] = self.mean + gusts
        return rows


def fall(
    start: Array,
    velocity: Array,
    terminal_mps: float,
    size_m: float,
    wind: Wind,
    begin_s: float,
    rng: np.random.Generator,
    longest_s: float = 12.0,
) -> Course:
    """Let something fall from rest or a throw until it reaches the ground.

    Args:
        start: (3,) where it leaves the hand, metres.
        velocity: (3,) of the throw, m/s.
        terminal_mps: Terminal speed in still air.
        size_m: Its size, which sets how quickly it flutters.
        wind: The wind.
        begin_s: When it is let go.
        rng: Randomness of gusts and flutter.
        longest_s: When it is no longer followed.
    """
    steps = int(longest_s / _STEP_S)
    winds = wind.series(steps, rng)
    flutters = max(0.0, 1 - terminal_mps / _FLUTTERS_BELOW)
    omega = 2 * np.pi * min(_FLUTTER_STROUHAL * terminal_mps / max(size_m, 0.02), 4.0)
    phase, heading = rng.uniform(0, 2 * np.pi, 2)
    sway = flutters * rng.uniform(0.3, 1.0) * terminal_mps
    side = np.array([np.cos(heading), 0.0, 0.5 * np.sin(heading)])
    drag = GRAVITY / terminal_mps**2
    position, speed = start.astype(float).copy(), velocity.astype(float).copy()
    points = [position.copy()]
    for step, air in enumerate(winds):
        swing = np.sin(omega * step * _STEP_S + phase)
        relative = speed - air - side * sway * swing
        strength = drag * (1 + 0.5 * flutters * np.cos(2 * omega * step * _STEP_S))
        # Implicit in the drag, so that feathers do not overshoot: v' = (v + dt g) / (1 + dt k |v|).
        damping = 1 + _STEP_S * strength * float(np.linalg.norm(relative))
        relative = (relative - [0, _STEP_S * GRAVITY, 0]) / damping
        speed = relative + air + side * sway * swing
        position = position + _STEP_S * speed
        points.append(position.copy())
        if position[1] < 0:
            break
    return Course(begin_s + _STEP_S * np.arange(len(points)), np.array(points))


def glide(
    start: Array, velocity: Array, bend: Array, begin_s: float, seconds: float, bob_m: float
) -> Course:
    """Fly on: a parabola with a slight bob, as of a bird or an aeroplane.

    Args:
        start: (3,) metres.
        velocity: (3,) m/s.
        bend: (3,) acceleration, m/s^2.
        begin_s: When it begins.
        seconds: How long it lasts.
        bob_m: Height of the bob, at 1.1 Hz.
    """
    t = np.arange(0, seconds, _STEP_S)[:, None]
    points = start + velocity * t + bend * t**2 / 2
    points[:, 1] += bob_m * np.sin(2 * np.pi * 1.1 * t[:, 0])
    return Course(begin_s + t[:, 0], points)


def wander(
    start: Array,
    velocity: Array,
    restless_mps: float,
    memory_s: float,
    begin_s: float,
    seconds: float,
    rng: np.random.Generator,
) -> Course:
    """Fly about like an insect: an Ornstein-Uhlenbeck velocity around a mean.

    Args:
        start: (3,) metres.
        velocity: (3,) mean velocity, m/s.
        restless_mps: Standard deviation of the velocity.
        memory_s: Time after which a turn is forgotten.
        begin_s: When it begins.
        seconds: How long it lasts.
        rng: Randomness of the turns.
    """
    wind = Wind(velocity, restless_mps, memory_s)
    steps = wind.series(int(seconds / _STEP_S), rng) * [1, 1, 0.3]
    steps[:, 1] += rng.normal(0, restless_mps) * 0.5
    points = start + np.cumsum(steps, axis=0) * _STEP_S
    return Course(begin_s + _STEP_S * np.arange(len(points)), points)
