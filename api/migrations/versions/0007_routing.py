"""Routing tables and areas.

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

import api.database

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "routing_tables",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("departments", sa.JSON(), nullable=False),
        sa.Column("loaded_by", sa.String(length=80), nullable=False),
        sa.Column("loaded_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_tables")),
        sa.UniqueConstraint("number", name=op.f("uq_routing_tables_number")),
    )
    with op.batch_alter_table("routing_tables", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_routing_tables_ended_at"), ["ended_at"], unique=False)

    op.create_table(
        "class_sequences",
        sa.Column("class_code", sa.String(length=11), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("class_code", "year", name=op.f("pk_class_sequences")),
    )
    op.create_table(
        "grids",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("shape", sa.LargeBinary(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("west", sa.Double(), nullable=False),
        sa.Column("south", sa.Double(), nullable=False),
        sa.Column("east", sa.Double(), nullable=False),
        sa.Column("north", sa.Double(), nullable=False),
        sa.Column("imported_by", sa.String(length=80), nullable=False),
        sa.Column("imported_at", api.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", api.database.UTCDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grids")),
    )
    with op.batch_alter_table("grids", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grids_code"), ["code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_grids_ended_at_south_north"),
            ["ended_at", "south", "north"],
            unique=False,
        )
        batch_op.create_index(
            "uq_grids_code_in_force",
            ["code"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("routing_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("class_code", sa.String(length=11), nullable=True))
        batch_op.add_column(sa.Column("class_sequence", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("grid_code", sa.String(length=40), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_cases_routing_id_routing_tables"),
            "routing_tables",
            ["routing_id"],
            ["id"],
        )
        batch_op.create_index(batch_op.f("ix_cases_class_code"), ["class_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_grid_code"), ["grid_code"], unique=False)

    with op.batch_alter_table("case_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("destination_id", sa.String(length=36), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_case_entries_destination_id_destinations"),
            "destinations",
            ["destination_id"],
            ["id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("case_entries", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_case_entries_destination_id_destinations"), type_="foreignkey"
        )
        batch_op.drop_column("destination_id")

    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_grid_code"))
        batch_op.drop_index(batch_op.f("ix_cases_class_code"))
        batch_op.drop_constraint(
            batch_op.f("fk_cases_routing_id_routing_tables"), type_="foreignkey"
        )
        batch_op.drop_column("grid_code")
        batch_op.drop_column("class_sequence")
        batch_op.drop_column("class_code")
        batch_op.drop_column("routing_id")

    with op.batch_alter_table("grids", schema=None) as batch_op:
        batch_op.drop_index("uq_grids_code_in_force")
        batch_op.drop_index(batch_op.f("ix_grids_ended_at_south_north"))
        batch_op.drop_index(batch_op.f("ix_grids_code"))

    op.drop_table("grids")
    op.drop_table("class_sequences")
    with op.batch_alter_table("routing_tables", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_routing_tables_ended_at"))

    op.drop_table("routing_tables")
