"""Devices.

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("protocol", sa.String(length=30), nullable=False),
        sa.Column("identifier", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("created_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("name", name=op.f("uq_devices_name")),
        sa.UniqueConstraint("protocol", "identifier", name=op.f("uq_devices_protocol_identifier")),
    )
    op.create_table(
        "device_cameras",
        sa.Column("device_id", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_device_cameras_camera_id_cameras")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name=op.f("fk_device_cameras_device_id_devices")
        ),
        sa.PrimaryKeyConstraint("device_id", "channel", name=op.f("pk_device_cameras")),
    )
    op.create_index(op.f("ix_device_cameras_camera_id"), "device_cameras", ["camera_id"])
    op.create_table(
        "viid_sessions",
        sa.Column("device_id", sa.String(length=36), nullable=False),
        sa.Column("peer", sa.String(length=64), nullable=False),
        sa.Column("proof", sa.String(length=64), nullable=False),
        sa.Column("registered_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("heard_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.id"],
            name=op.f("fk_viid_sessions_device_id_devices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_viid_sessions")),
    )
    op.create_table(
        "digest_nonces",
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_digest_nonces")),
    )
    op.create_index(op.f("ix_digest_nonces_expires_at"), "digest_nonces", ["expires_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_digest_nonces_expires_at"), "digest_nonces")
    op.drop_table("digest_nonces")
    op.drop_table("viid_sessions")
    op.drop_index(op.f("ix_device_cameras_camera_id"), "device_cameras")
    op.drop_table("device_cameras")
    op.drop_table("devices")
