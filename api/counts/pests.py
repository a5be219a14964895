"""Which classes of `crop_pest` are counted in which pictures."""

from api.plots.models import ViewKind

PESTS: dict[ViewKind, tuple[str, ...]] = {
    ViewKind.CLOSE: (
        "brown_planthopper",
        "green_leafhopper",
        "leaf_folder",
        "rice_weevil",
        "stem_borer",
        "whorl_maggot",
    ),
    ViewKind.TRAP: ("insect",),
}
VIEW_OF = {pest: view for view, pests in PESTS.items() for pest in pests}
UNIT = {ViewKind.CLOSE: "per_m2", ViewKind.TRAP: "per_trap_night"}
