"""desk_tools: notes, notifications, canned replies, saved views, reveals; how far messages have come"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SHARED = "owner_id IS NULL AND retired_at IS NULL"
_OWN = "owner_id IS NOT NULL AND retired_at IS NULL"
_CURRENT = "state <> 'retired'"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "conversation", sa.Column("customer_delivered_seq", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.create_table(
        "note",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("after_seq", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_note_conversation_id")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_note_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sa.UniqueConstraint(
            "conversation_id", "agent_id", "client_id", name=op.f("uq_note_conversation_id_agent_id_client_id")
        ),
    )
    op.create_index("ix_note_conversation_id", "note", ["conversation_id", "created_at"], unique=False)
    op.create_table(
        "notification",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "mention",
                "note",
                name="notificationkind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_notification_agent_id")),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_notification_note_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_notification_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("note_id", "agent_id", name=op.f("uq_notification_note_id_agent_id")),
    )
    op.create_index("ix_notification_agent_id", "notification", ["agent_id", "read_at", "created_at"], unique=False)
    op.create_index(op.f("ix_notification_conversation_id"), "notification", ["conversation_id"], unique=False)
    op.create_table(
        "canned_reply",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=True),
        sa.Column("shortcut", sa.String(length=24), nullable=False),
        sa.Column("folder", sa.String(length=20), nullable=False),
        sa.Column("used_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["agent.id"], name=op.f("fk_canned_reply_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_reply")),
    )
    op.create_index(
        "uq_canned_reply_shared_shortcut",
        "canned_reply",
        ["shortcut"],
        unique=True,
        sqlite_where=sa.text(_SHARED),
        postgresql_where=sa.text(_SHARED),
    )
    op.create_index(
        "uq_canned_reply_own_shortcut",
        "canned_reply",
        ["owner_id", "shortcut"],
        unique=True,
        sqlite_where=sa.text(_OWN),
        postgresql_where=sa.text(_OWN),
    )
    op.create_table(
        "canned_version",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("reply_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "approved",
                "retired",
                name="versionstate_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["reply_id"], ["canned_reply.id"], name=op.f("fk_canned_version_reply_id")),
        sa.ForeignKeyConstraint(["author_id"], ["agent.id"], name=op.f("fk_canned_version_author_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["agent.id"], name=op.f("fk_canned_version_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_version")),
        sa.UniqueConstraint("reply_id", "number", name=op.f("uq_canned_version_reply_id_number")),
    )
    op.create_index(op.f("ix_canned_version_reply_id"), "canned_version", ["reply_id"], unique=False)
    op.create_index(
        "uq_canned_version_current",
        "canned_version",
        ["reply_id", "state"],
        unique=True,
        sqlite_where=sa.text(_CURRENT),
        postgresql_where=sa.text(_CURRENT),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_saved_view_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_agent_id"), "saved_view", ["agent_id"], unique=False)
    op.create_table(
        "reveal",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_reveal_agent_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_reveal_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveal")),
    )
    op.create_index("ix_reveal_agent_id", "reveal", ["agent_id", "contact_id", "expires_at"], unique=False)


def downgrade() -> None:
    """Undo."""
    for table in ("reveal", "saved_view", "canned_version", "canned_reply", "notification", "note"):
        op.drop_table(table)
    op.drop_column("conversation", "customer_delivered_seq")
