"""Growth stages of rice by the BBCH scale.

Source: P. D. Lancashire et al., "A uniform decimal code for growth stages of crops and weeds",
Annals of Applied Biology 119 (1991) 561-601; for rice: Growth stages of mono- and dicotyledonous
plants, BBCH monograph, ed. U. Meier, 2001.
"""

from enum import StrEnum


class Stage(StrEnum):
    """A principal growth stage, by the first digit of its BBCH code."""

    GERMINATION = "germination"
    SEEDLING = "seedling"
    TILLERING = "tillering"
    STEM_ELONGATION = "stem_elongation"
    BOOTING = "booting"
    HEADING = "heading"
    FLOWERING = "flowering"
    GRAIN_FILLING = "grain_filling"
    RIPENING = "ripening"
    SENESCENCE = "senescence"

    @property
    def label_zh(self) -> str:
        """Return what plant-protection stations call it."""
        return _LABELS_ZH[self]

    @property
    def first_bbch(self) -> int:
        """Return the code with which it begins."""
        return 10 * list(Stage).index(self)


_LABELS_ZH = dict(
    zip(
        Stage,
        (
            "萌发期",
            "苗期",
            "分蘖期",
            "拔节期",
            "孕穗期",
            "抽穗期",
            "开花期",
            "灌浆期",
            "成熟期",
            "枯熟期",
        ),
        strict=True,
    )
)


def stage_of(bbch: int) -> Stage:
    """Return the principal growth stage of a BBCH code, 0 to 99."""
    return list(Stage)[bbch // 10]
