"""What administrators search and set from the page.

Revision: 0015
Follows: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_audit_actor_id"), "audit", ["actor", "id"])
    op.create_index(op.f("ix_audit_action_id"), "audit", ["action", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_action_id"), "audit")
    op.drop_index(op.f("ix_audit_actor_id"), "audit")
