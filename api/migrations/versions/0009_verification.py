"""Verification by looking again.

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verification_rules",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("inspection", sa.String(length=30), nullable=False),
        sa.Column("class_name", sa.String(length=60), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=True),
        sa.Column("gap_minutes", sa.Double(), nullable=True),
        sa.Column("wait_hours", sa.Double(), nullable=True),
        sa.Column("updated_by", sa.String(length=80), nullable=False),
        sa.Column("updated_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_rules")),
        sa.UniqueConstraint(
            "inspection", "class_name", name=op.f("uq_verification_rules_inspection_class_name")
        ),
    )
    op.create_table(
        "verifications",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("open_case_id", sa.String(length=36), nullable=True),
        sa.Column("finding_id", sa.String(length=36), nullable=False),
        sa.Column("destination_id", sa.String(length=36), nullable=True),
        sa.Column("inspection", sa.String(length=30), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "looks",
                "composites",
                "period",
                "register",
                "person",
                name="method",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "needs_person",
                "passed",
                "failed",
                "ended",
                name="verificationstate",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("cell", sa.String(length=16), nullable=True),
        sa.Column("claimed_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("due_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=True),
        sa.Column("gap_s", sa.Double(), nullable=False),
        sa.Column("clean", sa.Integer(), nullable=False),
        sa.Column("derivation", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("watched_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("created_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_verifications_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["destination_id"],
            ["destinations.id"],
            name=op.f("fk_verifications_destination_id_destinations"),
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_verifications_finding_id_findings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
        sa.UniqueConstraint("open_case_id", name=op.f("uq_verifications_open_case_id")),
    )
    with op.batch_alter_table("verifications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verifications_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_verifications_destination_id"), ["destination_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_verifications_state_cell"), ["state", "cell"], unique=False
        )

    op.create_table(
        "verification_looks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("verification_id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("first_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("last_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "clean",
                "hit",
                "doubtful",
                "outside",
                name="lookoutcome",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("sightings", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("judged_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_verification_looks_camera_id_cameras")
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["verifications.id"],
            name=op.f("fk_verification_looks_verification_id_verifications"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_looks")),
    )
    with op.batch_alter_table("verification_looks", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_verification_looks_verification_id_first_at"),
            ["verification_id", "first_at"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("verification_looks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verification_looks_verification_id_first_at"))

    op.drop_table("verification_looks")
    with op.batch_alter_table("verifications", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verifications_state_cell"))
        batch_op.drop_index(batch_op.f("ix_verifications_destination_id"))
        batch_op.drop_index(batch_op.f("ix_verifications_case_id"))

    op.drop_table("verifications")
    op.drop_table("verification_rules")
