"""Comments on cases.

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_comments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("outbox_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_comments_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_case_comments_outbox_id_outbox")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_comments")),
        sa.UniqueConstraint(
            "author", "idempotency_key", name=op.f("uq_case_comments_author_idempotency_key")
        ),
    )
    op.create_index(op.f("ix_case_comments_case_id"), "case_comments", ["case_id"])


def downgrade() -> None:
    op.drop_table("case_comments")
