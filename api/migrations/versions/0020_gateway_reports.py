"""Gateway reports.

Revision: 0020
Follows: 0019
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


_TIME = api.database.UTCDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "gateway_reports",
        sa.Column("gateway_id", sa.String(length=36), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("version", sa.String(length=60), nullable=False),
        sa.Column("clock_offset_ms", sa.Double(), nullable=True),
        sa.Column("waiting_alerts", sa.BigInteger(), nullable=False),
        sa.Column("waiting_backfill", sa.BigInteger(), nullable=False),
        sa.Column("queue_bytes", sa.BigInteger(), nullable=False),
        sa.Column("oldest_captured_at", _TIME, nullable=True),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("damaged", sa.BigInteger(), nullable=False),
        sa.Column("lost_since", _TIME, nullable=True),
        sa.Column("lost_at", _TIME, nullable=True),
        sa.Column("cameras", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["gateway_id"],
            ["gateways.id"],
            name=op.f("fk_gateway_reports_gateway_id_gateways"),
        ),
        sa.PrimaryKeyConstraint("gateway_id", name=op.f("pk_gateway_reports")),
    )
    op.create_table(
        "camera_sights",
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("captured_at", _TIME, nullable=False),
        sa.Column("first_of_hour", sa.Boolean(), nullable=False),
        sa.Column("sharpness", sa.Double(), nullable=False),
        sa.Column("brightness", sa.Double(), nullable=False),
        sa.Column("plain", sa.String(length=24), nullable=False),
        sa.Column("changed", sa.Double(), nullable=True),
        sa.Column("largest", sa.Integer(), nullable=True),
        sa.Column("thumbnail", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_camera_sights_camera_id_cameras")
        ),
        sa.PrimaryKeyConstraint("camera_id", "captured_at", name=op.f("pk_camera_sights")),
    )
    op.create_table(
        "camera_hours",
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("hour", _TIME, nullable=False),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_camera_hours_camera_id_cameras")
        ),
        sa.PrimaryKeyConstraint("camera_id", "hour", name=op.f("pk_camera_hours")),
    )
    op.create_table(
        "good_pictures",
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("captured_at", _TIME, nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("compared_at", _TIME, nullable=True),
        sa.Column("other_light", sa.Boolean(), nullable=False),
        sa.Column("trouble", sa.String(length=20), nullable=True),
        sa.Column("shift_px", sa.Double(), nullable=True),
        sa.Column("in_a_row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_good_pictures_camera_id_cameras")
        ),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_good_pictures")),
    )
    with op.batch_alter_table("camera_troubles") as troubles:
        troubles.alter_column("camera_id", existing_type=sa.String(length=36), nullable=True)
        troubles.add_column(sa.Column("gateway_id", sa.String(length=36), nullable=True))
        troubles.add_column(sa.Column("detail", sa.String(length=200), nullable=True))
        troubles.add_column(sa.Column("finding_id", sa.String(length=36), nullable=True))
        troubles.create_foreign_key(
            op.f("fk_camera_troubles_gateway_id_gateways"), "gateways", ["gateway_id"], ["id"]
        )
        troubles.create_foreign_key(
            op.f("fk_camera_troubles_finding_id_findings"), "findings", ["finding_id"], ["id"]
        )
        troubles.create_index(
            op.f("ix_camera_troubles_gateway_id_trouble"), ["gateway_id", "trouble"]
        )
        troubles.create_index(op.f("ix_camera_troubles_finding_id"), ["finding_id"])
    with op.batch_alter_table("cameras") as cameras:
        cameras.add_column(sa.Column("quiet_floor_minutes", sa.Integer(), nullable=True))
        cameras.add_column(sa.Column("quiet_ceiling_minutes", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("cameras") as cameras:
        cameras.drop_column("quiet_ceiling_minutes")
        cameras.drop_column("quiet_floor_minutes")
    op.execute("DELETE FROM camera_troubles WHERE camera_id IS NULL")
    with op.batch_alter_table("camera_troubles") as troubles:
        troubles.drop_index(op.f("ix_camera_troubles_finding_id"))
        troubles.drop_index(op.f("ix_camera_troubles_gateway_id_trouble"))
        troubles.drop_constraint(op.f("fk_camera_troubles_finding_id_findings"), type_="foreignkey")
        troubles.drop_constraint(op.f("fk_camera_troubles_gateway_id_gateways"), type_="foreignkey")
        troubles.drop_column("finding_id")
        troubles.drop_column("detail")
        troubles.drop_column("gateway_id")
        troubles.alter_column("camera_id", existing_type=sa.String(length=36), nullable=False)
    for table in ("good_pictures", "camera_hours", "camera_sights", "gateway_reports"):
        op.drop_table(table)
