"""clocks: promises with their pauses, warnings and breaches; what waiting customers were promised"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPEN = "met_at IS NULL AND dropped_at IS NULL"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "clock",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "first_reply",
                "next_reply",
                "complaint",
                "credit_objection",
                "review",
                name="clockkind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("case_id", sa.String(length=40), nullable=True),
        sa.Column("conversation_id", sa.String(length=40), nullable=True),
        sa.Column("priority", sa.String(length=16), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_seconds", sa.Integer(), nullable=False),
        sa.Column("paused_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(case_id IS NULL) <> (conversation_id IS NULL)", name=op.f("ck_clock_one_owner")),
        sa.CheckConstraint("met_at IS NULL OR dropped_at IS NULL", name=op.f("ck_clock_one_end")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_clock_case_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_clock_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.create_index("ix_clock_case_id", ["case_id"], unique=False)
        batch_op.create_index("ix_clock_conversation_id", ["conversation_id"], unique=False)
        batch_op.create_index("ix_clock_due_at", ["breached_at", "due_at"], unique=False)
        batch_op.create_index("ix_clock_warn_at", ["warn_at"], unique=False)
        for owner in ("case", "conversation"):
            batch_op.create_index(
                f"uq_clock_{owner}_open",
                [f"{owner}_id", "kind"],
                unique=True,
                sqlite_where=sa.text(_OPEN),
                postgresql_where=sa.text(_OPEN),
            )
    op.add_column("queue_entry", sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("queue_entry", "promised_at")
    op.drop_table("clock")
