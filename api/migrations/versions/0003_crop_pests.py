"""Plots, counts, thresholds, advisories, prescriptions.

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plots",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("crop", sa.String(length=30), nullable=False),
        sa.Column("area_ha", sa.Double(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("polygon", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("hills_per_m2", sa.Double(), nullable=True),
        sa.Column("created_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plots")),
        sa.UniqueConstraint("name", name=op.f("uq_plots_name")),
    )
    op.create_table(
        "threshold_sets",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.String(length=60), nullable=False),
        sa.Column("crop", sa.String(length=30), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("imported_by", sa.String(length=80), nullable=False),
        sa.Column("imported_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threshold_sets")),
        sa.UniqueConstraint("version", name=op.f("uq_threshold_sets_version")),
    )
    with op.batch_alter_table("threshold_sets", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_threshold_sets_crop_valid_from"), ["crop", "valid_from"], unique=False
        )

    op.create_table(
        "growth_stages",
        sa.Column("plot_id", sa.String(length=36), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("bbch", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["plot_id"], ["plots.id"], name=op.f("fk_growth_stages_plot_id_plots")
        ),
        sa.PrimaryKeyConstraint("plot_id", "since", name=op.f("pk_growth_stages")),
    )
    op.create_table(
        "plot_cameras",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("plot_id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("close", "trap", name="viewkind", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("ground_m2", sa.Double(), nullable=True),
        sa.Column("traps", sa.Integer(), nullable=True),
        sa.Column("since", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("until", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_plot_cameras_camera_id_cameras")
        ),
        sa.ForeignKeyConstraint(
            ["plot_id"], ["plots.id"], name=op.f("fk_plot_cameras_plot_id_plots")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plot_cameras")),
    )
    with op.batch_alter_table("plot_cameras", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_plot_cameras_camera_id_since"), ["camera_id", "since"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_plot_cameras_plot_id"), ["plot_id"], unique=False)

    op.create_table(
        "trap_services",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("plot_id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("changed_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_trap_services_camera_id_cameras")
        ),
        sa.ForeignKeyConstraint(
            ["plot_id"], ["plots.id"], name=op.f("fk_trap_services_plot_id_plots")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trap_services")),
    )
    with op.batch_alter_table("trap_services", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_trap_services_plot_id_changed_at"),
            ["plot_id", "changed_at"],
            unique=False,
        )

    op.create_table(
        "field_counts",
        sa.Column("frame_id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("captured_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("excess_green", sa.Double(), nullable=True),
        sa.Column("canopy_cover", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_field_counts_camera_id_cameras")
        ),
        sa.ForeignKeyConstraint(
            ["frame_id"], ["frames.id"], name=op.f("fk_field_counts_frame_id_frames")
        ),
        sa.PrimaryKeyConstraint("frame_id", name=op.f("pk_field_counts")),
    )
    with op.batch_alter_table("field_counts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_field_counts_camera_id_captured_at"),
            ["camera_id", "captured_at"],
            unique=False,
        )

    op.create_table(
        "pest_advisories",
        sa.Column("finding_id", sa.String(length=36), nullable=False),
        sa.Column("plot_id", sa.String(length=36), nullable=False),
        sa.Column("pest", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column(
            "period_kind",
            sa.Enum("day", "week", name="periodkind", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("period_start", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("period_end", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("published", sa.Double(), nullable=False),
        sa.Column("published_unit", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("bbch", sa.Integer(), nullable=False),
        sa.Column("trend", sa.Double(), nullable=True),
        sa.Column("trend_low", sa.Double(), nullable=True),
        sa.Column("trend_high", sa.Double(), nullable=True),
        sa.Column("next_period", sa.String(length=10), nullable=True),
        sa.Column("next_value", sa.Double(), nullable=True),
        sa.Column("next_below", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_pest_advisories_finding_id_findings")
        ),
        sa.ForeignKeyConstraint(
            ["plot_id"], ["plots.id"], name=op.f("fk_pest_advisories_plot_id_plots")
        ),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_pest_advisories")),
        sa.UniqueConstraint(
            "plot_id", "pest", "period", name=op.f("uq_pest_advisories_plot_id_pest_period")
        ),
    )
    op.create_table(
        "prescriptions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("measure", sa.String(length=200), nullable=False),
        sa.Column("dose", sa.String(length=200), nullable=True),
        sa.Column("apply_on", sa.Date(), nullable=True),
        sa.Column("text", sa.String(length=4000), nullable=True),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=True),
        sa.Column("received_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_prescriptions_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescriptions")),
        sa.UniqueConstraint(
            "source", "message_id", name=op.f("uq_prescriptions_source_message_id")
        ),
    )
    with op.batch_alter_table("prescriptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prescriptions_case_id"), ["case_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("prescriptions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prescriptions_case_id"))

    op.drop_table("prescriptions")
    op.drop_table("pest_advisories")
    with op.batch_alter_table("field_counts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_field_counts_camera_id_captured_at"))

    op.drop_table("field_counts")
    with op.batch_alter_table("trap_services", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trap_services_plot_id_changed_at"))

    op.drop_table("trap_services")
    with op.batch_alter_table("plot_cameras", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plot_cameras_plot_id"))
        batch_op.drop_index(batch_op.f("ix_plot_cameras_camera_id_since"))

    op.drop_table("plot_cameras")
    op.drop_table("growth_stages")
    with op.batch_alter_table("threshold_sets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_threshold_sets_crop_valid_from"))

    op.drop_table("threshold_sets")
    op.drop_table("plots")
