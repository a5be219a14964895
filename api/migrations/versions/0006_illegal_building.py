"""Sites, baselines, composites, zones, camera health.

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "baselines",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("light", sa.String(length=10), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "superseded",
                name="baselinestate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("open_key", sa.String(length=60), nullable=True),
        sa.Column("object_key", sa.String(length=200), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("frames", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("proposed_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("approved_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("ended_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_baselines_camera_id_cameras")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baselines")),
        sa.UniqueConstraint("open_key", name=op.f("uq_baselines_open_key")),
    )
    with op.batch_alter_table("baselines", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_baselines_camera_id_light"), ["camera_id", "light"], unique=False
        )

    op.create_table(
        "camera_troubles",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("trouble", sa.String(length=20), nullable=False),
        sa.Column("first_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("last_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("shift_px", sa.Double(), nullable=True),
        sa.Column("lasting", sa.Boolean(), nullable=False),
        sa.Column("created_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_camera_troubles_camera_id_cameras")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera_troubles")),
        sa.UniqueConstraint(
            "camera_id",
            "first_at",
            "trouble",
            name=op.f("uq_camera_troubles_camera_id_first_at_trouble"),
        ),
    )
    with op.batch_alter_table("camera_troubles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_camera_troubles_lasting"), ["lasting"], unique=False)

    op.create_table(
        "sites",
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("health", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("few_by", sa.String(length=80), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("updated_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_sites_camera_id_cameras")
        ),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_sites")),
    )
    op.create_table(
        "zones",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("works", "excluded", "watched", name="zonekind", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("polygon", sa.JSON(), nullable=False),
        sa.Column("since", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("until", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("permit", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_zones_camera_id_cameras")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zones")),
    )
    with op.batch_alter_table("zones", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_zones_camera_id"), ["camera_id"], unique=False)

    op.create_table(
        "composites",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("baseline_id", sa.String(length=36), nullable=False),
        sa.Column("light", sa.String(length=10), nullable=False),
        sa.Column("end_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("first_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("last_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("frames", sa.JSON(), nullable=False),
        sa.Column("object_key", sa.String(length=200), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("model_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["baseline_id"], ["baselines.id"], name=op.f("fk_composites_baseline_id_baselines")
        ),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_composites_camera_id_cameras")
        ),
        sa.ForeignKeyConstraint(
            ["model_digest"],
            ["inspecting_models.digest"],
            name=op.f("fk_composites_model_digest_inspecting_models"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_composites")),
        sa.UniqueConstraint(
            "camera_id",
            "round",
            "light",
            "end_at",
            name=op.f("uq_composites_camera_id_round_light_end_at"),
        ),
    )
    with op.batch_alter_table("composites", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_composites_camera_id_end_at"), ["camera_id", "end_at"], unique=False
        )

    op.create_table(
        "site_frames",
        sa.Column("frame_id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("captured_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("received_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column(
            "use",
            sa.Enum(
                "waiting",
                "kept",
                "learned",
                "composed",
                "refused",
                "expired",
                name="frameuse",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("light", sa.String(length=10), nullable=True),
        sa.Column("trouble", sa.String(length=20), nullable=True),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_site_frames_camera_id_cameras")
        ),
        sa.ForeignKeyConstraint(
            ["frame_id"], ["frames.id"], name=op.f("fk_site_frames_frame_id_frames")
        ),
        sa.PrimaryKeyConstraint("frame_id", name=op.f("pk_site_frames")),
    )
    with op.batch_alter_table("site_frames", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_site_frames_camera_id_captured_at"),
            ["camera_id", "captured_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_site_frames_camera_id_erased"), ["camera_id", "erased"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_site_frames_camera_id_use_captured_at"),
            ["camera_id", "use", "captured_at"],
            unique=False,
        )

    op.create_table(
        "site_regions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(length=10), nullable=False),
        sa.Column("stage", sa.String(length=30), nullable=False),
        sa.Column("shown_stage", sa.String(length=30), nullable=True),
        sa.Column("structure", sa.String(length=40), nullable=True),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("x1", sa.Double(), nullable=False),
        sa.Column("y1", sa.Double(), nullable=False),
        sa.Column("x2", sa.Double(), nullable=False),
        sa.Column("y2", sa.Double(), nullable=False),
        sa.Column("area_share", sa.Double(), nullable=False),
        sa.Column("composites", sa.Integer(), nullable=False),
        sa.Column("first_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("last_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("gone_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("suppressed_by", sa.String(length=36), nullable=True),
        sa.Column("baseline_id", sa.String(length=36), nullable=False),
        sa.Column("finding_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["baseline_id"], ["baselines.id"], name=op.f("fk_site_regions_baseline_id_baselines")
        ),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_site_regions_camera_id_cameras")
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_site_regions_finding_id_findings")
        ),
        sa.ForeignKeyConstraint(
            ["suppressed_by"], ["zones.id"], name=op.f("fk_site_regions_suppressed_by_zones")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_regions")),
        sa.UniqueConstraint(
            "camera_id", "round", "number", name=op.f("uq_site_regions_camera_id_round_number")
        ),
        sa.UniqueConstraint("finding_id", name=op.f("uq_site_regions_finding_id")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shows", sa.String(length=10), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_column("shows")

    op.drop_table("site_regions")
    with op.batch_alter_table("site_frames", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_site_frames_camera_id_use_captured_at"))
        batch_op.drop_index(batch_op.f("ix_site_frames_camera_id_erased"))
        batch_op.drop_index(batch_op.f("ix_site_frames_camera_id_captured_at"))

    op.drop_table("site_frames")
    with op.batch_alter_table("composites", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_composites_camera_id_end_at"))

    op.drop_table("composites")
    with op.batch_alter_table("zones", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_zones_camera_id"))

    op.drop_table("zones")
    op.drop_table("sites")
    with op.batch_alter_table("camera_troubles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_camera_troubles_lasting"))

    op.drop_table("camera_troubles")
    with op.batch_alter_table("baselines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_baselines_camera_id_light"))

    op.drop_table("baselines")
