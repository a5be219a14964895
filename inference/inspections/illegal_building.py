"""New structures before a fixed camera, told from days of its pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from inference.choices import VariantChoice
from inference.inspections.base import Kind, SeriesInspection
from inference.policy import ExecutionPolicy
from inference.sites.baseline import Baseline
from inference.sites.change import ChangeNet
from inference.sites.golden import check_golden_pair
from inference.sites.light import LightMode
from inference.sites.regions import RegionSettings
from inference.sites.site import Site, SiteSettings
from models.descriptions import ChangeDescription
from models.registry import DescribedModel, load_described

_MODEL = "illegal_building"


class IllegalBuilding(SeriesInspection):
    """Sheds, rooms on roofs, enclosures: they stay where they are until somebody removes them.

    The network compares a few composites a day and therefore runs on the CPU, whatever runs the
    detectors; it has one variant.

    Args:
        model: The change network.
        threshold: Least probability of a region, instead of the model's own.
    """

    name = "illegal_building"
    kind = Kind.PLACE
    model_names = (_MODEL,)

    def __init__(
        self, model: DescribedModel[ChangeDescription], threshold: float | None = None
    ) -> None:
        self.model = model
        self.net = ChangeNet(model.path, model.about.structures)
        appeared = model.about.appeared if threshold is None else threshold
        removed = model.about.removed if threshold is None else threshold
        self.settings = SiteSettings(regions=RegionSettings(appeared=appeared, removed=removed))

    @classmethod
    def load(
        cls,
        policy: ExecutionPolicy,  # noqa: ARG003 - it runs on the CPU, in its one variant
        *,
        variant: VariantChoice,  # noqa: ARG003
        threshold: float | None,
        root: Path | None,
    ) -> Self:
        """Load the network; arguments and errors as in `inference.inspections.get_inspection`."""
        return cls(load_described(ChangeDescription, _MODEL, root), threshold)

    def check_golden(self) -> None:
        """Compare the golden pair."""
        check_golden_pair(self.model, self.net, self.settings.regions)

    @property
    def used(self) -> tuple[DescribedModel[ChangeDescription], ...]:
        """The change network; what is found is traced to it."""
        return (self.model,)

    def watch(
        self, baselines: Mapping[LightMode, Baseline], settings: SiteSettings | None = None
    ) -> Site:
        """Make one camera ready to be looked at; see `SeriesInspection.watch`."""
        return Site(baselines, self.net, settings or self.settings)
