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


def downgrade() -> None:
    op.drop_table("gateway_reports")
