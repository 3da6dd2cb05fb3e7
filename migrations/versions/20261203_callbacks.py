"""callbacks: who wants to be called, and when; who needs more care"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_OPEN = "state = 'open'"
_CARE = ("care", "care_source")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "callback",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("phone_masked", sa.String(length=20), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "reached",
                "unreached",
                "not_needed",
                "cancelled",
                name="callbackstate_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=True),
        sa.Column("taken_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (phone IS NOT NULL)", name=op.f("ck_callback_phone_iff_open")),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name=op.f("ck_callback_settled_at_iff_settled")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_callback_agent_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_callback_case_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_callback_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
    )
    op.create_index("ix_callback_due", "callback", ["state", "next_at"])
    op.create_index("ix_callback_case_id", "callback", ["case_id"])
    op.create_index(
        "uq_callback_open",
        "callback",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )
    for name in _CARE:
        op.add_column("contact", sa.Column(name, sa.String(length=16), nullable=True))


def downgrade() -> None:
    """Undo."""
    for name in reversed(_CARE):
        op.drop_column("contact", name)
    op.drop_table("callback")
