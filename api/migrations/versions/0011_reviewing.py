"""Leases of findings, second reviews, what reviewers corrected.

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "finding_leases",
        sa.Column("finding_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("expires_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_finding_leases_finding_id_findings")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_finding_leases_user_id_users")
        ),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_finding_leases")),
    )
    with op.batch_alter_table("finding_leases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_leases_user_id"), ["user_id"], unique=False)

    op.create_table(
        "review_boxes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("review_id", sa.String(length=36), nullable=False),
        sa.Column("evidence_id", sa.String(length=36), nullable=False),
        sa.Column("class_name", sa.String(length=60), nullable=False),
        sa.Column("x1", sa.Double(), nullable=False),
        sa.Column("y1", sa.Double(), nullable=False),
        sa.Column("x2", sa.Double(), nullable=False),
        sa.Column("y2", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_review_boxes_evidence_id_evidence")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_boxes_review_id_reviews")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_boxes")),
    )
    with op.batch_alter_table("review_boxes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_boxes_review_id"), ["review_id"], unique=False)

    op.create_table(
        "review_undos",
        sa.Column("review_id", sa.String(length=36), nullable=False),
        sa.Column("undone_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_undos_review_id_reviews")
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review_undos")),
    )
    op.create_table(
        "second_reviews",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("review_id", sa.String(length=36), nullable=False),
        sa.Column("finding_id", sa.String(length=36), nullable=False),
        sa.Column("due_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("held_by", sa.String(length=36), nullable=True),
        sa.Column("held_until", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "confirm",
                "reject",
                "duplicate",
                "defer",
                "reopen",
                name="verdict",
                native_enum=False,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "not_a_problem",
                "wrong_class",
                "bad_picture",
                "already_repaired",
                "not_ours",
                "other",
                name="rejectreason",
                native_enum=False,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column("said_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_second_reviews_finding_id_findings")
        ),
        sa.ForeignKeyConstraint(
            ["held_by"], ["users.id"], name=op.f("fk_second_reviews_held_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_second_reviews_review_id_reviews")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_reviews")),
        sa.UniqueConstraint("review_id", name=op.f("uq_second_reviews_review_id")),
    )
    with op.batch_alter_table("second_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_second_reviews_held_by"), ["held_by"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_second_reviews_said_at_due_at"), ["said_at", "due_at"], unique=False
        )

    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("held_until", api.database.UTCDateTime(timezone=True), nullable=True)
        )

    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("corrected_class", sa.String(length=60), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_findings_state_camera_id"), ["state", "camera_id"], unique=False
        )

    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.add_column(sa.Column("class_name", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("class_was", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("before", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(
            sa.Column("undo_until", api.database.UTCDateTime(timezone=True), nullable=True)
        )


def downgrade() -> None:
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_column("undo_until")
        batch_op.drop_column("before")
        batch_op.drop_column("class_was")
        batch_op.drop_column("class_name")

    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_findings_state_camera_id"))
        batch_op.drop_column("corrected_class")

    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("held_until")

    with op.batch_alter_table("second_reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_second_reviews_said_at_due_at"))
        batch_op.drop_index(batch_op.f("ix_second_reviews_held_by"))

    op.drop_table("second_reviews")
    op.drop_table("review_undos")
    with op.batch_alter_table("review_boxes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_boxes_review_id"))

    op.drop_table("review_boxes")
    with op.batch_alter_table("finding_leases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_finding_leases_user_id"))

    op.drop_table("finding_leases")
