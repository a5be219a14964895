"""What the page shows of cameras: newest and golden pictures, thresholds.

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cameras", sa.Column("thresholds", sa.JSON(), server_default="{}", nullable=False)
    )
    op.create_table(
        "camera_pictures",
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("captured_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_camera_pictures_camera_id_cameras")
        ),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_camera_pictures")),
    )
    op.create_table(
        "golden_pictures",
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("captured_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("marked_by", sa.String(length=80), nullable=False),
        sa.Column("marked_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("compared_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("other_light", sa.Boolean(), nullable=False),
        sa.Column("trouble", sa.String(length=20), nullable=True),
        sa.Column("shift_px", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_golden_pictures_camera_id_cameras")
        ),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_golden_pictures")),
    )


def downgrade() -> None:
    op.drop_table("golden_pictures")
    op.drop_table("camera_pictures")
    op.drop_column("cameras", "thresholds")
