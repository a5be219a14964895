"""Jobs and clips.

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued", "running", "done", "failed", name="jobstate", native_enum=False, length=30
            ),
            nullable=False,
        ),
        sa.Column("not_before", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("again_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(length=120), nullable=True),
        sa.Column("lease_until", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("created_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("started_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_finished_at"), ["finished_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_jobs_state_not_before"), ["state", "not_before"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_jobs_subject_id"), ["subject_id"], unique=False)
        batch_op.create_index(
            "uq_jobs_open",
            ["kind", "subject_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )

    op.create_table(
        "workers",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("started_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_table(
        "clips",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("gateway_id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("metadata_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "receiving",
                "waiting",
                "done",
                "refused",
                "failed",
                name="clipstate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("content_type", sa.String(length=60), nullable=False),
        sa.Column("captured_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("clock_offset_ms", sa.Double(), nullable=True),
        sa.Column("length_bytes", sa.Integer(), nullable=True),
        sa.Column("repr_digest", sa.String(length=64), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("created_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("received_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("inspected_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("fps", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("models", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("events", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("finding_ids", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("problem_code", sa.String(length=60), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_clips_camera_id_cameras")
        ),
        sa.ForeignKeyConstraint(
            ["gateway_id"], ["gateways.id"], name=op.f("fk_clips_gateway_id_gateways")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clips")),
        sa.UniqueConstraint(
            "gateway_id", "idempotency_key", name=op.f("uq_clips_gateway_id_idempotency_key")
        ),
    )
    with op.batch_alter_table("clips", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_clips_camera_id_captured_at"), ["camera_id", "captured_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_clips_sha256"), ["sha256"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_clips_state_expires_at"), ["state", "expires_at"], unique=False
        )

    op.create_table(
        "clip_parts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("clip_id", sa.String(length=36), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("object_key", sa.String(length=200), nullable=False),
        sa.Column("stored", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.id"], name=op.f("fk_clip_parts_clip_id_clips")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clip_parts")),
    )
    with op.batch_alter_table("clip_parts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_clip_parts_clip_id_start"), ["clip_id", "start"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_clip_parts_object_key"), ["object_key"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("clip_parts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_clip_parts_object_key"))
        batch_op.drop_index(batch_op.f("ix_clip_parts_clip_id_start"))

    op.drop_table("clip_parts")
    with op.batch_alter_table("clips", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_clips_state_expires_at"))
        batch_op.drop_index(batch_op.f("ix_clips_sha256"))
        batch_op.drop_index(batch_op.f("ix_clips_camera_id_captured_at"))

    op.drop_table("clips")
    op.drop_table("workers")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_jobs_open",
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )
        batch_op.drop_index(batch_op.f("ix_jobs_subject_id"))
        batch_op.drop_index(batch_op.f("ix_jobs_state_not_before"))
        batch_op.drop_index(batch_op.f("ix_jobs_finished_at"))

    op.drop_table("jobs")
