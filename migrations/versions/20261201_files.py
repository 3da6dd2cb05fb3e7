"""files: uploads, and messages that carry them"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OLD_KINDS = ("text", "answer", "stop_loss", "event", "rating_request")
_KINDS = (*_OLD_KINDS, "image", "file")
_KIND_CHECK = "ck_message_messagekind_known"


def upgrade() -> None:
    """Apply."""
    _let_kinds_be(_KINDS)
    op.create_table(
        "file",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.String(length=40), nullable=False),
        sa.Column(
            "uploader",
            sa.Enum("customer", "agent", name="uploader_known", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("agent_id", sa.String(length=40), nullable=True),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("thumbnail_sha256", sa.String(length=64), nullable=True),
        sa.Column("sent_sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "clean",
                "refused",
                name="filestate_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("scan_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scan_attempts", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=True),
        sa.Column("held_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(uploader = 'agent') = (agent_id IS NOT NULL)", name=op.f("ck_file_agent_iff_uploader_agent")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_file_agent_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_file_contact_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_file_conversation_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_file_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
        sa.UniqueConstraint("contact_id", "client_id", name=op.f("uq_file_contact_id_client_id")),
        sa.UniqueConstraint("message_id", name=op.f("uq_file_message_id")),
    )
    with op.batch_alter_table("file", schema=None) as batch_op:
        for column in ("conversation_id", "created_at", "scan_at", "sha256", "thumbnail_sha256"):
            batch_op.create_index(f"ix_file_{column}", [column], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("file")
    message = sa.table("message", sa.column("kind", sa.String))
    op.execute(sa.update(message).where(message.c.kind.in_(("image", "file"))).values(kind="text"))
    _let_kinds_be(_OLD_KINDS)


def _let_kinds_be(kinds: Sequence[str]) -> None:
    """Replace the check of messages' kinds."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(_KIND_CHECK), type_="check")
        batch_op.create_check_constraint(op.f(_KIND_CHECK), sa.text(f"kind IN ({listed})"))
