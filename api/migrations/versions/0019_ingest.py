"""Ingest.

Revision: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_FIRST = sa.text("repeats_id IS NULL")


def upgrade() -> None:
    op.add_column("frames", sa.Column("warnings", sa.JSON(none_as_null=True), nullable=True))
    op.add_column(
        "frames",
        sa.Column("misplaced", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    # Said in SQL: Alembic would copy the whole table on SQLite to add the constraint.
    op.execute(
        "ALTER TABLE frames ADD COLUMN repeats_id VARCHAR(36) "
        "CONSTRAINT fk_frames_repeats_id_frames REFERENCES frames (id)"
    )
    op.execute(
        "UPDATE frames SET repeats_id = (SELECT MIN(one.id) FROM frames AS one "
        "WHERE one.camera_id = frames.camera_id AND one.sha256 = frames.sha256) "
        "WHERE EXISTS (SELECT 1 FROM frames AS one WHERE one.camera_id = frames.camera_id "
        "AND one.sha256 = frames.sha256 AND one.id < frames.id)"
    )
    op.create_index(
        "uq_frames_camera_id_sha256",
        "frames",
        ["camera_id", "sha256"],
        unique=True,
        sqlite_where=_FIRST,
        postgresql_where=_FIRST,
    )


def downgrade() -> None:
    op.drop_index("uq_frames_camera_id_sha256", table_name="frames")
    with op.batch_alter_table("frames") as frames:
        frames.drop_column("repeats_id")
        frames.drop_column("misplaced")
        frames.drop_column("warnings")
