"""Facades and falls.

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("captured_at", api.database.UTCDateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("width", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("height", sa.Integer(), nullable=True))
        batch_op.alter_column("frame_id", existing_type=sa.String(length=36), nullable=True)

    op.create_table(
        "evidence_clips",
        sa.Column("evidence_id", sa.String(length=36), nullable=False),
        sa.Column("plain_key", sa.String(length=200), nullable=False),
        sa.Column("annotated_key", sa.String(length=200), nullable=False),
        sa.Column("original_key", sa.String(length=200), nullable=False),
        sa.Column("content_type", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_evidence_clips_evidence_id_evidence")
        ),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_evidence_clips")),
    )
    op.create_table(
        "facades",
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("region", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("corners", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("floors", sa.Integer(), nullable=True),
        sa.Column("columns", sa.Integer(), nullable=True),
        sa.Column("updated_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_facades_camera_id_cameras")
        ),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_facades")),
    )
    op.create_table(
        "falls",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("finding_id", sa.String(length=36), nullable=False),
        sa.Column("clip_id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("model_digest", sa.String(length=64), nullable=False),
        sa.Column("same_as", sa.String(length=36), nullable=True),
        sa.Column("track", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("started_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("path", sa.JSON(), nullable=False),
        sa.Column("origin_x", sa.Double(), nullable=False),
        sa.Column("origin_y", sa.Double(), nullable=False),
        sa.Column("uncertainty_px", sa.Double(), nullable=False),
        sa.Column("floor_low", sa.Integer(), nullable=True),
        sa.Column("floor", sa.Integer(), nullable=True),
        sa.Column("floor_high", sa.Integer(), nullable=True),
        sa.Column("column_low", sa.Integer(), nullable=True),
        sa.Column("column", sa.Integer(), nullable=True),
        sa.Column("column_high", sa.Integer(), nullable=True),
        sa.Column("created_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_falls_camera_id_cameras")
        ),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_falls_clip_id_clips")),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_falls_finding_id_findings")
        ),
        sa.ForeignKeyConstraint(
            ["model_digest"],
            ["inspecting_models.digest"],
            name=op.f("fk_falls_model_digest_inspecting_models"),
        ),
        sa.ForeignKeyConstraint(["same_as"], ["falls.id"], name=op.f("fk_falls_same_as_falls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_falls")),
        sa.UniqueConstraint("clip_id", "track", name=op.f("uq_falls_clip_id_track")),
    )
    with op.batch_alter_table("falls", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_falls_camera_id_started_at"), ["camera_id", "started_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_falls_finding_id"), ["finding_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("falls", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_falls_finding_id"))
        batch_op.drop_index(batch_op.f("ix_falls_camera_id_started_at"))

    op.drop_table("falls")
    op.drop_table("facades")
    op.execute("DELETE FROM evidence WHERE frame_id IS NULL")
    op.drop_table("evidence_clips")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.alter_column("frame_id", existing_type=sa.String(length=36), nullable=False)
        batch_op.drop_column("height")
        batch_op.drop_column("width")
        batch_op.drop_column("captured_at")
