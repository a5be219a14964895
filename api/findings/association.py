"""Across passes and buses: which looks are looks at the same thing.

Every pass has one unknown GPS error that moves all its looks together, so a pass is laid on the
map as a whole: two potholes 12 m apart are told apart by the pattern they make even where the GPS
alone could not. Positions and errors of passes are estimated jointly (linear least squares, as
in S. Thrun, M. Montemerlo, "The Graph SLAM Algorithm", IJRR 25, 2006, with one bias for each pass
in place of a trajectory); pairs are taken only where all of them together are plausible (J. Neira,
J. Tardós, "Data association in stochastic mapping using the joint compatibility test", IEEE
Transactions on Robotics and Automation 17, 2001, searched from every pair as a start).

Nothing here knows of a database: looks go in, and each comes out with its finding.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from api.findings.geodesy import Floats, heading_between
from api.findings.tracking import GATE

MAX_APART_M = 40.0
"""However bad the GPS, looks farther apart than this are not the same thing."""

MERGE_GATE = 5.99
"""Two findings never seen in one pass become one below this squared distance (95 %): narrower
than `GATE`, so that what was just told apart is not put together again."""

NEW = "new:"
"""Prefix of the names of findings that there were not before."""

LEVER_ARM_SD_M = 1.0  # from the antenna to the camera, along the vehicle
TURNED_SD_M = 3.0  # seen from another direction: lever arm and mounting err the other way
_TURNED_DEG = 60.0
_MAX_STARTS = 12
_MAX_SWEEPS = 2


@dataclass(slots=True, eq=False)
class MapLook:
    """What one pass saw of one thing.

    Attributes:
        key: which look.
        pass_key: which pass of which camera.
        group: looks of different groups are never the same thing.
        mean: (2,) east, north in metres as that pass has it.
        covariance: (2, 2), square metres, the error shared by the pass apart.
        gps_sd_m: of that shared error, on each axis.
        heading_deg: of the vehicle, if known.
        same_within_m: findings of this group closer than this are one thing.
        at_s: when it began, seconds.
        finding: what it is a look at; None if that is still to be said.
        pinned: a person has judged that; it stays.
    """

    key: str
    pass_key: str
    group: str
    mean: Floats
    covariance: Floats
    gps_sd_m: float
    heading_deg: float | None
    same_within_m: float
    at_s: float
    finding: str | None
    pinned: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LocalMap:
    """Where the findings around a place lie, estimated jointly.

    Attributes:
        findings: their names, in the order of the arrays.
        positions: (J, 2) east, north in metres.
        covariance: (2 J, 2 J), square metres.
    """

    findings: list[str]
    positions: Floats
    covariance: Floats

    def block(self, a: int, b: int) -> Floats:
        """Return the (2, 2) covariance between two findings."""
        return self.covariance[2 * a : 2 * a + 2, 2 * b : 2 * b + 2]


def estimate(looks: Iterable[MapLook]) -> LocalMap:
    """Estimate where the findings lie from looks that know theirs.

    Within a pass the errors of the looks are correlated through the pass's GPS error, so n passes
    bring the variance down to gps²/n and further looks of the same pass do not.
    """
    passes: dict[str, list[MapLook]] = defaultdict(list)
    for look in looks:
        passes[look.pass_key].append(look)
    findings = sorted({str(look.finding) for group in passes.values() for look in group})
    index = {finding: j for j, finding in enumerate(findings)}
    information = np.zeros((2 * len(findings), 2 * len(findings)))
    weighted = np.zeros(2 * len(findings))
    by_size: dict[int, list[list[MapLook]]] = defaultdict(list)
    for group in passes.values():
        by_size[len(group)].append(group)
    for size, groups in by_size.items():  # all passes of one size at once
        covariance = np.zeros((len(groups), size, 2, size, 2))
        shared = [max(look.gps_sd_m for look in group) ** 2 for group in groups]
        for axis in (0, 1):
            covariance[:, :, axis, :, axis] = np.array(shared)[:, None, None] + LEVER_ARM_SD_M**2
        own = np.array([[look.covariance for look in group] for group in groups])
        for n in range(size):
            covariance[:, n, :, n, :] += own[:, n]
        inverse = np.linalg.inv(covariance.reshape(len(groups), 2 * size, 2 * size))
        means = np.array([[look.mean for look in group] for group in groups])
        pull = np.einsum("pij,pj->pi", inverse, means.reshape(len(groups), 2 * size))
        places = np.array([[index[str(look.finding)] for look in group] for group in groups])
        rows = (2 * places[:, :, None] + np.arange(2)).reshape(len(groups), 2 * size)
        np.add.at(information, (rows[:, :, None], rows[:, None, :]), inverse)
        np.add.at(weighted, rows, pull)
    joint = np.asarray(np.linalg.inv(information), np.float64)
    return LocalMap(findings, (joint @ weighted).reshape(-1, 2), joint)


def match(looks: Sequence[MapLook], others: Sequence[MapLook]) -> dict[str, str]:
    """Lay one pass on the map of the others.

    Args:
        looks: of the pass. A pinned one has its finding already and only helps to place the rest.
        others: the looks of all other passes, each with its finding.

    Returns:
        The finding of each look that has one on the map, by the look's key.
    """
    if not others:
        return {}
    known = estimate(others)
    group_of = {str(look.finding): look.group for look in others}
    headings: dict[str, list[float]] = defaultdict(list)
    for other in others:
        if other.heading_deg is not None:
            headings[str(other.finding)].append(other.heading_deg)
    pairs, pinned = _pairs(looks, known, group_of, headings)
    if not pairs:
        return {}
    innovation, covariance = _innovations(pairs, looks, known)
    start = _Pairing(pairs, innovation, covariance)
    for pair in pinned:
        start = start.with_pair(pair)
    best = start.extended()
    for _, pair in start.plausible()[1:_MAX_STARTS]:
        pairing = start.with_pair(pair).extended()
        if pairing.cost(len(looks)) < best.cost(len(looks)):
            best = pairing
    return {looks[pairs[n].look].key: known.findings[pairs[n].finding] for n in best.chosen}


@dataclass(frozen=True, slots=True)
class _Pair:
    look: int
    finding: int
    turned: bool


def _pairs(
    looks: Sequence[MapLook],
    known: LocalMap,
    group_of: Mapping[str, str],
    headings: Mapping[str, Sequence[float]],
) -> tuple[list[_Pair], list[int]]:
    """Return what could be paired, and which of these pairs are pinned."""
    pairs: list[_Pair] = []
    pinned: list[int] = []
    for i, look in enumerate(looks):
        for j, finding in enumerate(known.findings):
            fixed = look.pinned and look.finding == finding
            near = np.hypot(*(look.mean - known.positions[j])) <= MAX_APART_M
            free = not look.pinned and group_of[finding] == look.group and near
            if fixed or free:
                turned = look.heading_deg is not None and all(
                    heading_between(look.heading_deg, heading) > _TURNED_DEG
                    for heading in headings[finding]
                )
                if fixed:
                    pinned.append(len(pairs))
                pairs.append(_Pair(i, j, turned))
    return pairs, pinned


def _innovations(
    pairs: Sequence[_Pair], looks: Sequence[MapLook], known: LocalMap
) -> tuple[Floats, Floats]:
    """Return how far each pair is apart, (P, 2), and the joint covariance of that, (P, 2, P, 2)."""
    innovation = np.array([looks[p.look].mean - known.positions[p.finding] for p in pairs])
    rows = np.array([2 * p.finding + axis for p in pairs for axis in (0, 1)])
    shared = max(look.gps_sd_m for look in looks) ** 2 + LEVER_ARM_SD_M**2
    count = len(pairs)
    covariance = known.covariance[np.ix_(rows, rows)].reshape(count, 2, count, 2)
    covariance = covariance + shared * np.eye(2)[None, :, None, :]
    for n, pair in enumerate(pairs):
        look = looks[pair.look]
        spread = (look.same_within_m / 2) ** 2 + (TURNED_SD_M**2 if pair.turned else 0.0)
        covariance[n, :, n, :] += look.covariance + spread * np.eye(2)
    return innovation, covariance


@dataclass(frozen=True, slots=True, eq=False)
class _Pairing:
    """Some pairs taken, and the rest as they look given those.

    Taking a pair conditions the Gaussian of all innovations on it being zero.
    """

    pairs: Sequence[_Pair]
    innovation: Floats
    covariance: Floats
    chosen: tuple[int, ...] = ()
    distance: float = 0.0

    def free(self) -> list[int]:
        """Return the pairs whose look and finding are in none that was taken."""
        looks = {self.pairs[n].look for n in self.chosen}
        findings = {self.pairs[n].finding for n in self.chosen}
        return [
            n
            for n, pair in enumerate(self.pairs)
            if pair.look not in looks and pair.finding not in findings
        ]

    def plausible(self) -> list[tuple[float, int]]:
        """Return the free pairs within the gate, nearest first, with their squared distances."""
        free = self.free()
        innovation, own = self.innovation[free], self.covariance[free, :, free, :]
        solved = np.linalg.solve(own, innovation[:, :, None])[:, :, 0]
        distances = np.einsum("ni,ni->n", innovation, solved).tolist()
        return sorted((d, n) for d, n in zip(distances, free, strict=True) if d <= GATE)

    def with_pair(self, pair: int) -> "_Pairing":
        """Return this with one more pair taken."""
        inverse = np.linalg.inv(self.covariance[pair, :, pair, :])
        gain = self.covariance[:, :, pair, :] @ inverse
        innovation = self.innovation[pair]
        return _Pairing(
            self.pairs,
            self.innovation - gain @ innovation,
            self.covariance - np.einsum("nix,xmj->nimj", gain, self.covariance[pair]),
            (*self.chosen, pair),
            self.distance + float(innovation @ inverse @ innovation),
        )

    def extended(self) -> "_Pairing":
        """Return this with the nearest plausible pair added until none is left."""
        pairing = self
        while plausible := pairing.plausible():
            pairing = pairing.with_pair(plausible[0][1])
        return pairing

    def cost(self, looks: int) -> float:
        """Return the squared distance of the pairs, and the gate for every look without one."""
        return self.distance + GATE * (looks - len(self.chosen))


def settle(
    looks: Sequence[MapLook], current: Collection[str], reviewed: Collection[str]
) -> dict[str, str]:
    """Give every look its finding after a pass has changed.

    Args:
        looks: everything on the map around. Looks of other passes have a finding.
        current: the keys of the looks of the pass that changed.
        reviewed: findings that a person has judged; two of them are never made one.

    Returns:
        The finding of each look by its key; a finding with a new name is the key of its first
        look, prefixed with `NEW`. What merged findings are called is the older one's name, or
        the reviewed one's.
    """
    passes: dict[str, list[MapLook]] = defaultdict(list)
    for look in sorted(looks, key=lambda each: (each.at_s, each.key)):
        passes[look.pass_key].append(look)
    for key in {look.pass_key for look in looks if look.key in current}:
        _rematch(key, passes)
    if any(_is_new(look.finding) for look in looks):
        # What earlier passes saw may fit better now that there is one finding more.
        for _ in range(_MAX_SWEEPS):
            before = [look.finding for look in looks]
            for key in passes:
                _rematch(key, passes)
            if [look.finding for look in looks] == before:
                break
    _merge(looks, reviewed)
    return {look.key: str(look.finding) for look in looks}


def _is_new(finding: str | None) -> bool:
    return finding is not None and finding.startswith(NEW)


def _rematch(key: str, passes: Mapping[str, Sequence[MapLook]]) -> None:
    """Give the looks of one pass their findings anew; alone with its finding, a look keeps it."""
    group = passes[key]
    if all(look.pinned for look in group):
        return
    others = [
        look for other, each in passes.items() if other != key for look in each if look.finding
    ]
    found = match(group, others)
    elsewhere = {look.finding for look in others}
    taken = set(found.values()) | {look.finding for look in group if look.pinned}
    for look in group:
        if look.pinned:
            continue
        if look.key in found:
            look.finding = found[look.key]
        elif look.finding is None or look.finding in elsewhere or look.finding in taken:
            look.finding = f"{NEW}{look.key}"
        taken.add(look.finding)


def _merge(looks: Sequence[MapLook], reviewed: Collection[str]) -> None:
    """Make one of findings that are at one place and were never seen apart in one pass."""
    while True:
        of: dict[str, list[MapLook]] = defaultdict(list)
        for look in looks:
            of[str(look.finding)].append(look)
        candidates = [
            (a, b)
            for a, b in combinations(sorted(of), 2)
            if of[a][0].group == of[b][0].group
            and not (a in reviewed and b in reviewed)
            and not {look.pass_key for look in of[a]} & {look.pass_key for look in of[b]}
        ]
        if not candidates:
            return
        known = estimate(looks)
        index = {finding: j for j, finding in enumerate(known.findings)}
        nearest = min(
            (
                (_apart(known, index[a], index[b], of[a][0].same_within_m), a, b)
                for a, b in candidates
            )
        )
        if nearest[0] > MERGE_GATE:
            return
        _, a, b = nearest
        kept, gone = sorted(
            (a, b),
            key=lambda name: (
                name not in reviewed,
                _is_new(name),
                min(look.at_s for look in of[name]),
                name,
            ),
        )
        for look in of[gone]:
            look.finding = kept


def _apart(known: LocalMap, a: int, b: int, same_within_m: float) -> float:
    difference = known.positions[a] - known.positions[b]
    if np.hypot(*difference) > MAX_APART_M:
        return np.inf
    covariance = known.block(a, a) + known.block(b, b) - known.block(a, b) - known.block(b, a)
    covariance = covariance + np.eye(2) * (same_within_m / 2) ** 2
    return float(difference @ np.linalg.solve(covariance, difference))
