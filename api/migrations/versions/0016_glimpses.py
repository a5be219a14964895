"""Glimpses.

Revision: 0016
Follows: 0015
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "glimpses",
        sa.Column("finding_id", sa.String(length=36), nullable=False),
        sa.Column("frame_id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("captured_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_glimpses_camera_id_cameras")
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_glimpses_finding_id_findings")
        ),
        sa.ForeignKeyConstraint(
            ["frame_id"], ["frames.id"], name=op.f("fk_glimpses_frame_id_frames")
        ),
        sa.PrimaryKeyConstraint("finding_id", "frame_id", name=op.f("pk_glimpses")),
    )
    op.create_index(
        op.f("ix_glimpses_finding_id_captured_at"), "glimpses", ["finding_id", "captured_at"]
    )
    with op.batch_alter_table("verifications") as verifications:
        verifications.add_column(
            sa.Column("doubtful", sa.Integer(), server_default="0", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("verifications") as verifications:
        verifications.drop_column("doubtful")
    op.drop_index(op.f("ix_glimpses_finding_id_captured_at"), table_name="glimpses")
    op.drop_table("glimpses")
