"""Documents of action thresholds: what is taken, what is refused and where the fault is."""

from datetime import date

import pytest

from api.counts.pests import VIEW_OF
from api.errors import Unprocessable
from api.plots.stages import Stage, stage_of
from api.thresholds.document import Threshold, Unit, parse, shipped
from api.thresholds.service import Versions, differences

DOCUMENT = """
version: hangzhou-2026.2
crop: rice
valid_from: 2026-06-01
thresholds:
- {pest: leaf_folder, stages: [booting, heading], value: 20, unit: per_100_hills, source: 市植保站}
- {pest: insect, stages: [booting], value: 30, unit: per_trap_night, source: 市植保站}
"""


def test_the_shipped_example_names_a_source_for_every_figure() -> None:
    content = shipped().thresholds
    assert content.pests
    assert all(one.source and "example" in (one.note or "") for one in content.thresholds)
    assert {one.pest for one in content.thresholds} <= VIEW_OF.keys()


def test_a_document_is_read() -> None:
    content = parse(DOCUMENT).thresholds
    assert (content.period, content.min_frames, content.severity) == ("week", 3, (1, 1.5, 2, 4))
    assert content.valid_from == date(2026, 6, 1)
    found = content.of("leaf_folder", 45)
    assert found is not None
    assert found.value == 20
    assert content.of("leaf_folder", 39) is None
    assert content.of("stem_borer", 45) is None


@pytest.mark.parametrize(
    ("unit", "value", "hills", "expected"),
    [
        (Unit.PER_M2, 3, None, 3),
        (Unit.PER_MU, 1000, None, 1.5),
        (Unit.PER_100_HILLS, 1000, 22.5, 225),
        (Unit.PER_100_HILLS, 1000, None, None),
    ],
)
def test_thresholds_in_the_unit_of_the_camera(
    unit: Unit, value: float, hills: float | None, expected: float | None
) -> None:
    one = Threshold(pest="leaf_folder", stages=(Stage.BOOTING,), value=value, unit=unit, source="s")
    assert one.in_unit_of_the_camera(hills) == (
        None if expected is None else pytest.approx(expected)
    )


@pytest.mark.parametrize(
    ("ratio", "severity"), [(1, 1), (1.4999, 1), (1.5, 2), (2, 3), (3.99, 3), (4, 4), (99, 4)]
)
def test_severity_goes_by_how_far(ratio: float, severity: int) -> None:
    assert parse(DOCUMENT).thresholds.severity_of(ratio) == severity


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("version: hangzhou-2026.2", "", "version"),
        ("version: hangzhou-2026.2", "version: two words", "version"),
        ("crop: rice", "crop: rice\ncolour: red", "colour"),
        ("crop: rice", "crop: rice\ncrop: wheat", "line 2"),
        ("2026-06-01", "June", "valid_from"),
        ("2026-06-01", "2026-06-01\nperiod: month", "period"),
        ("2026-06-01", "2026-06-01\nseverity: [1, 2, 2, 3]", "document"),
        ("2026-06-01", "2026-06-01\nseverity: [2, 3, 4, 5]", "document"),
        ("value: 20", "value: 0", "thresholds.0.value"),
        ("value: 20", "value: .nan", "thresholds.0.value"),
        ("pest: leaf_folder", "pest: ghost", "thresholds.0"),
        ("[booting, heading]", "[spring]", "thresholds.0.stages.0"),
        ("[booting, heading]", "[booting, booting]", "document"),
        ("per_100_hills", "per_trap_night", "thresholds.0"),
        ("per_trap_night", "per_m2", "thresholds.1"),
        ("source: 市植保站}", "source: ' '}", "thresholds.0.source"),
        ("thresholds:", "thresholds: [", "line 6"),
    ],
)
def test_a_fault_is_named_with_its_place(old: str, new: str, where: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        parse(DOCUMENT.replace(old, new, 1))
    assert caught.value.code == "thresholds-invalid"
    assert where in [fault["location"] for fault in caught.value.extra["errors"]]


def test_the_version_that_begins_last_rules() -> None:
    old, new = shipped().thresholds, parse(DOCUMENT).thresholds
    versions = Versions([new, old])
    assert versions.on(date(2026, 5, 31)) is old
    assert versions.on(date(2026, 6, 1)) is new
    assert Versions([new]).on(date(2026, 5, 31)) is None


def test_differences_are_told_by_pest_and_stage() -> None:
    before = parse(DOCUMENT).thresholds
    after = parse(DOCUMENT.replace("heading]", "flowering]").replace("30", "35")).thresholds
    told = {
        (each.pest, each.stage.value): (each.before is not None, each.after is not None)
        for each in differences(before, after)
    }
    assert told == {
        ("insect", "booting"): (True, True),
        ("leaf_folder", "heading"): (True, False),
        ("leaf_folder", "flowering"): (False, True),
    }
    assert differences(before, before) == []


@pytest.mark.parametrize(
    ("bbch", "stage"),
    [(0, Stage.GERMINATION), (29, Stage.TILLERING), (40, Stage.BOOTING), (99, Stage.SENESCENCE)],
)
def test_stages_go_by_the_first_digit(bbch: int, stage: Stage) -> None:
    assert stage_of(bbch) is stage
    assert stage_of(stage.first_bbch) is stage
    assert stage.label_zh
