"""Deadlines of cases.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_clocks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("current_case_id", sa.String(length=36), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("rework", sa.Boolean(), nullable=False),
        sa.Column("destination_id", sa.String(length=36), nullable=False),
        sa.Column("table_id", sa.String(length=36), nullable=False),
        sa.Column("term", sa.String(length=40), nullable=False),
        sa.Column("total_s", sa.Double(), nullable=True),
        sa.Column("before_s", sa.Double(), nullable=False),
        sa.Column("started_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("due_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(length=30), nullable=True),
        sa.Column("used_s", sa.Double(), nullable=True),
        sa.Column("steps_done", sa.Integer(), nullable=False),
        sa.Column("next_step_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("failed_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_clocks_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["destination_id"],
            ["destinations.id"],
            name=op.f("fk_case_clocks_destination_id_destinations"),
        ),
        sa.ForeignKeyConstraint(
            ["table_id"],
            ["routing_tables.id"],
            name=op.f("fk_case_clocks_table_id_routing_tables"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_clocks")),
        sa.UniqueConstraint("current_case_id", name=op.f("uq_case_clocks_current_case_id")),
    )
    with op.batch_alter_table("case_clocks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_clocks_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_case_clocks_destination_id"), ["destination_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_case_clocks_due_at"), ["due_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_case_clocks_next_step_at"), ["next_step_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("case_clocks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_clocks_next_step_at"))
        batch_op.drop_index(batch_op.f("ix_case_clocks_due_at"))
        batch_op.drop_index(batch_op.f("ix_case_clocks_destination_id"))
        batch_op.drop_index(batch_op.f("ix_case_clocks_case_id"))

    op.drop_table("case_clocks")
