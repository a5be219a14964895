"""What administrators search and set from the page.

Revision: 0015
Follows: 0014
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_audit_actor_id"), "audit", ["actor", "id"])
    op.create_index(op.f("ix_audit_action_id"), "audit", ["action", "id"])
    op.create_table(
        "retention_limits",
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_retention_limits")),
    )
    op.add_column(
        "evidence",
        sa.Column("removed_at", api.database.UTCDateTime(timezone=True), nullable=True),
    )
    op.create_index(op.f("ix_evidence_object_key"), "evidence", ["object_key"])


def downgrade() -> None:
    op.drop_index(op.f("ix_evidence_object_key"), "evidence")
    op.drop_column("evidence", "removed_at")
    op.drop_table("retention_limits")
    op.drop_index(op.f("ix_audit_action_id"), "audit")
    op.drop_index(op.f("ix_audit_actor_id"), "audit")
