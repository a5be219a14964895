"""Registers, rules, passages, violations.

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OF_PLACES = ("offset_east_m", "offset_north_m", "var_east", "var_east_north", "var_north")


def upgrade() -> None:
    """Make the tables; let findings of every kind have detections, keys and departments."""
    op.create_table(
        "registers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "emissions",
                "inspection_overdue",
                "hazmat_route",
                "custom",
                name="registerkind",
                native_enum=False,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("created_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registers")),
        sa.UniqueConstraint("name", name=op.f("uq_registers_name")),
    )
    op.create_table(
        "rule_sets",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("departments", sa.JSON(), nullable=False),
        sa.Column("registers", sa.JSON(), nullable=False),
        sa.Column("cameras", sa.JSON(), nullable=False),
        sa.Column("loaded_by", sa.String(length=80), nullable=False),
        sa.Column("loaded_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_sets")),
        sa.UniqueConstraint("number", name=op.f("uq_rule_sets_number")),
    )
    with op.batch_alter_table("rule_sets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rule_sets_ended_at"), ["ended_at"], unique=False)

    op.create_table(
        "register_entries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("register_id", sa.String(length=36), nullable=False),
        sa.Column("plate_hash", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["register_id"],
            ["registers.id"],
            name=op.f("fk_register_entries_register_id_registers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_entries")),
        sa.UniqueConstraint(
            "register_id", "plate_hash", name=op.f("uq_register_entries_register_id_plate_hash")
        ),
    )
    op.create_table(
        "register_versions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("register_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("replace", "add", "remove", name="changemode", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("created_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["register_id"],
            ["registers.id"],
            name=op.f("fk_register_versions_register_id_registers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_versions")),
        sa.UniqueConstraint(
            "register_id", "number", name=op.f("uq_register_versions_register_id_number")
        ),
    )
    op.create_table(
        "register_keys",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["register_entries.id"],
            name=op.f("fk_register_keys_entry_id_register_entries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", "key", name=op.f("pk_register_keys")),
    )
    with op.batch_alter_table("register_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_register_keys_key"), ["key"], unique=False)

    op.create_table(
        "vehicle_sightings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("camera_id", sa.String(length=36), nullable=False),
        sa.Column("frame_id", sa.String(length=36), nullable=False),
        sa.Column("captured_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("received_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("vehicle", sa.String(length=20), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("x1", sa.Double(), nullable=False),
        sa.Column("y1", sa.Double(), nullable=False),
        sa.Column("x2", sa.Double(), nullable=False),
        sa.Column("y2", sa.Double(), nullable=False),
        sa.Column("cut", sa.Boolean(), nullable=False),
        sa.Column("plate", sa.Boolean(), nullable=False),
        sa.Column("plate_score", sa.Double(), nullable=True),
        sa.Column("plate_color", sa.String(length=10), nullable=True),
        sa.Column("smoke_score", sa.Double(), nullable=True),
        sa.Column("flags", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("vehicle_detection_id", sa.String(length=36), nullable=True),
        sa.Column("plate_detection_id", sa.String(length=36), nullable=True),
        sa.Column("smoke_detection_id", sa.String(length=36), nullable=True),
        sa.Column("suspect", sa.Boolean(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("sealed_reading", sa.Text(), nullable=True),
        sa.Column("matches", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("exempt", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("passage_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_vehicle_sightings_camera_id_cameras")
        ),
        sa.ForeignKeyConstraint(
            ["frame_id"], ["frames.id"], name=op.f("fk_vehicle_sightings_frame_id_frames")
        ),
        sa.ForeignKeyConstraint(
            ["plate_detection_id"],
            ["detections.id"],
            name=op.f("fk_vehicle_sightings_plate_detection_id_detections"),
        ),
        sa.ForeignKeyConstraint(
            ["smoke_detection_id"],
            ["detections.id"],
            name=op.f("fk_vehicle_sightings_smoke_detection_id_detections"),
        ),
        sa.ForeignKeyConstraint(
            ["vehicle_detection_id"],
            ["detections.id"],
            name=op.f("fk_vehicle_sightings_vehicle_detection_id_detections"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle_sightings")),
    )
    with op.batch_alter_table("vehicle_sightings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_vehicle_sightings_camera_id_captured_at"),
            ["camera_id", "captured_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_vehicle_sightings_frame_id"), ["frame_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_vehicle_sightings_passage_id"), ["passage_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_vehicle_sightings_received_at"), ["received_at"], unique=False
        )

    op.create_table(
        "violations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("finding_id", sa.String(length=36), nullable=False),
        sa.Column("passage_id", sa.String(length=36), nullable=False),
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("rule_set_id", sa.String(length=36), nullable=False),
        sa.Column("site", sa.String(length=36), nullable=False),
        sa.Column("register_id", sa.String(length=36), nullable=True),
        sa.Column("register_version", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.String(length=36), nullable=True),
        sa.Column("plate_hash", sa.String(length=32), nullable=True),
        sa.Column("sealed_plate", sa.Text(), nullable=True),
        sa.Column("plate_color", sa.String(length=10), nullable=True),
        sa.Column("vehicle", sa.String(length=20), nullable=True),
        sa.Column("similar", sa.Boolean(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("first_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("last_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("best_detection_id", sa.String(length=36), nullable=True),
        sa.Column("settled_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("cleared_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("created_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["best_detection_id"],
            ["detections.id"],
            name=op.f("fk_violations_best_detection_id_detections"),
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_violations_finding_id_findings")
        ),
        sa.ForeignKeyConstraint(
            ["rule_set_id"], ["rule_sets.id"], name=op.f("fk_violations_rule_set_id_rule_sets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_violations")),
        sa.UniqueConstraint("passage_id", "rule", name=op.f("uq_violations_passage_id_rule")),
    )
    with op.batch_alter_table("violations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_violations_finding_id"), ["finding_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_violations_settled_at"), ["settled_at"], unique=False)

    _links(primary_key=["detection_id", "finding_id"], nullable=True)
    op.drop_index("ix_findings_queue", table_name="findings")
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("key", sa.String(length=160), nullable=True))
        batch_op.add_column(sa.Column("destination_id", sa.String(length=36), nullable=True))
        batch_op.add_column(
            sa.Column("needs_review", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.alter_column(
            "open_key",
            existing_type=sa.String(length=120),
            type_=sa.String(length=160),
            existing_nullable=True,
        )
        batch_op.create_index(batch_op.f("ix_findings_key"), ["key"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_findings_destination_id_destinations"),
            "destinations",
            ["destination_id"],
            ["id"],
        )
    _make_queue()
    with op.batch_alter_table("frames", schema=None) as batch_op:
        batch_op.add_column(sa.Column("flags", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Go back to places only; findings of other kinds must be gone."""
    with op.batch_alter_table("frames", schema=None) as batch_op:
        batch_op.drop_column("flags")
    op.drop_index("ix_findings_queue", table_name="findings")
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_findings_destination_id_destinations"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_findings_key"))
        batch_op.alter_column(
            "open_key",
            existing_type=sa.String(length=160),
            type_=sa.String(length=120),
            existing_nullable=True,
        )
        batch_op.drop_column("needs_review")
        batch_op.drop_column("destination_id")
        batch_op.drop_column("key")
    _make_queue()
    _links(primary_key=["detection_id"], nullable=False)
    for table in (
        "violations",
        "vehicle_sightings",
        "register_keys",
        "register_versions",
        "register_entries",
        "rule_sets",
        "registers",
    ):
        op.drop_table(table)


def _links(*, primary_key: list[str], nullable: bool) -> None:
    with op.batch_alter_table("finding_detections", schema=None) as batch_op:
        batch_op.alter_column("look_id", existing_type=sa.String(length=36), nullable=nullable)
        for name in _OF_PLACES:
            batch_op.alter_column(name, existing_type=sa.Double(), nullable=nullable)
        batch_op.drop_constraint(batch_op.f("pk_finding_detections"), type_="primary")
        batch_op.create_primary_key(batch_op.f("pk_finding_detections"), primary_key)


def _make_queue() -> None:
    """Make the queue's index anew: SQLite copies tables and forgets its order."""
    op.create_index(
        "ix_findings_queue",
        "findings",
        ["state", sa.text("severity DESC"), sa.text("confidence DESC"), "first_seen_at", "id"],
        unique=False,
    )
