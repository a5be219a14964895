"""External detections, and which process reads the MQTT broker.

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_INDEXED = ("frame_id", "sighting_id", "passage_id")


def upgrade() -> None:
    op.create_table(
        "external_detections",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("frame_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("class_name", sa.String(length=60), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("x1", sa.Double(), nullable=True),
        sa.Column("y1", sa.Double(), nullable=True),
        sa.Column("x2", sa.Double(), nullable=True),
        sa.Column("y2", sa.Double(), nullable=True),
        sa.Column("attributes", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("has_plate", sa.Boolean(), nullable=False),
        sa.Column("sealed_plate", sa.Text(), nullable=True),
        sa.Column("sighting_id", sa.String(length=36), nullable=True),
        sa.Column("passage_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["frame_id"], ["frames.id"], name=op.f("fk_external_detections_frame_id_frames")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_detections")),
    )
    op.create_table(
        "door_leases",
        sa.Column("door", sa.String(length=30), nullable=False),
        sa.Column("holder", sa.String(length=36), nullable=False),
        sa.Column("expires_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("door", name=op.f("pk_door_leases")),
    )
    for column in _INDEXED:
        op.create_index(op.f(f"ix_external_detections_{column}"), "external_detections", [column])


def downgrade() -> None:
    op.drop_table("door_leases")
    op.drop_table("external_detections")
