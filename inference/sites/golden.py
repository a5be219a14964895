"""The golden pair of a change network: two pictures whose differences are known."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.decode import DecodeLimits, decode
from inference.errors import GoldenMismatch, PictureError
from inference.sites.change_map import Comparer
from inference.sites.frame import WORKING_SIDE
from inference.sites.regions import Box, ChangeKind, RegionSettings, find_regions, overlap
from models.errors import ModelInvalid
from models.registry import ModelFile

GOLDEN_BEFORE, GOLDEN_AFTER, GOLDEN_ANSWER = "golden_before.jpg", "golden_after.jpg", "golden.json"


class ExpectedRegion(BaseModel):
    """A region that must be found: box in pixels of the pictures, score 0 to 1."""

    model_config = ConfigDict(frozen=True)

    kind: ChangeKind
    box: Box
    score: float = Field(ge=0, le=1)


class GoldenPair(BaseModel):
    """What is known of the golden pair.

    Attributes:
        min_iou: Least overlap of a region with the one expected.
        score_tolerance: How far its score may be off.
        regions: All that differs.
    """

    model_config = ConfigDict(frozen=True)

    min_iou: float = Field(default=0.7, gt=0, le=1)
    score_tolerance: float = Field(default=0.15, ge=0, le=1)
    regions: tuple[ExpectedRegion, ...] = Field(min_length=1)


def check_golden_pair(model: ModelFile, comparer: Comparer, settings: RegionSettings) -> None:
    """Compare the golden pair: every expected region must be found, and no other.

    Args:
        model: The network's files.
        comparer: The network as it serves.
        settings: What counts as a region.

    Raises:
        GoldenMismatch: The answer is another one; the message says where.
        ModelInvalid: A file of the pair is missing or damaged.
    """
    try:
        golden = GoldenPair.model_validate_json((model.folder / GOLDEN_ANSWER).read_bytes())
        before, after = (
            decode((model.folder / name).read_bytes(), DecodeLimits(), WORKING_SIDE).image
            for name in (GOLDEN_BEFORE, GOLDEN_AFTER)
        )
    except (OSError, ValidationError, PictureError) as error:
        raise ModelInvalid(f"the golden pair of {model.name} is unusable: {error}") from error
    size_wh = before.shape[1], before.shape[0]
    change = comparer.compare(before, after)
    found = find_regions(change, comparer.structures, settings, size_wh)
    for expected in golden.regions:
        match = next(
            (
                region
                for region in found
                if region.kind == expected.kind
                and overlap(region.box, expected.box)[0] >= golden.min_iou
                and abs(region.score - expected.score) <= golden.score_tolerance
            ),
            None,
        )
        if match is None:
            raise GoldenMismatch(
                f"{model.name} does not find what {expected.kind} at {expected.box} on its golden"
                f" pair; it finds {[(one.kind, one.box, round(one.score, 2)) for one in found]}"
            )
        found.remove(match)
    if found:
        raise GoldenMismatch(
            f"{model.name} finds what is not there on its golden pair: {found[0].kind} at"
            f" {found[0].box}"
        )
