"""figures: ratings by session and by answer, broadcasts, and indexes for a day's figures"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# The interval that a rating of a whole conversation was credited to.
_CREDIT = """
UPDATE rating SET assignment_id = (
    SELECT assignment.id FROM assignment
    WHERE assignment.conversation_id = rating.conversation_id
      AND (assignment.agent_id = rating.agent_id OR (rating.agent_id IS NULL AND assignment.owner = 'bot'))
    ORDER BY assignment.epoch DESC LIMIT 1
)
"""
# Earlier releases knew one score a conversation: the newest stays.
_KEEP_ONE = """
DELETE FROM rating WHERE score IS NULL OR id <> (
    SELECT other.id FROM rating AS other
    WHERE other.conversation_id = rating.conversation_id AND other.score IS NOT NULL
    ORDER BY other.created_at DESC, other.id DESC LIMIT 1
)
"""


def upgrade() -> None:
    """Apply."""
    op.add_column("rating", sa.Column("assignment_id", sa.String(length=40), nullable=True))
    op.execute(_CREDIT)
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.add_column(sa.Column("message_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("solved", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("reasons", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.alter_column("score", existing_type=sa.Integer(), nullable=True)
        batch_op.drop_constraint("uq_rating_conversation_id", type_="unique")
        batch_op.create_unique_constraint("uq_rating_assignment_id", ["assignment_id"])
        batch_op.create_unique_constraint("uq_rating_message_id", ["message_id"])
        batch_op.create_foreign_key("fk_rating_assignment_id", "assignment", ["assignment_id"], ["id"])
        batch_op.create_foreign_key("fk_rating_message_id", "message", ["message_id"], ["id"])
        batch_op.create_check_constraint("one_subject", "(assignment_id IS NULL) <> (message_id IS NULL)")
        batch_op.create_check_constraint("says_something", "score IS NOT NULL OR solved IS NOT NULL")
        batch_op.create_check_constraint("agent_iff_human", "(service = 'human') = (agent_id IS NOT NULL)")
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.alter_column("reasons", existing_type=sa.JSON(), server_default=None)
        batch_op.create_index("ix_rating_created_at", ["created_at"], unique=False)
        batch_op.create_index("ix_rating_agent_id", ["agent_id", "created_at"], unique=False)
        batch_op.create_index("ix_rating_conversation_id", ["conversation_id"], unique=False)
    op.create_table(
        "broadcast",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_broadcast_expires_later")),
        sa.ForeignKeyConstraint(["author_id"], ["agent.id"], name=op.f("fk_broadcast_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
    )
    op.create_index("ix_broadcast_expires_at", "broadcast", ["expires_at"], unique=False)
    op.create_index("ix_message_created_at", "message", ["created_at"], unique=False)
    op.create_index("ix_assignment_owner_started_at", "assignment", ["owner", "started_at"], unique=False)
    op.create_index("ix_assignment_owner_ended_at", "assignment", ["owner", "ended_at"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_assignment_owner_ended_at", table_name="assignment")
    op.drop_index("ix_assignment_owner_started_at", table_name="assignment")
    op.drop_index("ix_message_created_at", table_name="message")
    op.drop_table("broadcast")
    op.execute(_KEEP_ONE)
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.drop_index("ix_rating_conversation_id")
        batch_op.drop_index("ix_rating_agent_id")
        batch_op.drop_index("ix_rating_created_at")
        batch_op.drop_constraint("agent_iff_human", type_="check")
        batch_op.drop_constraint("says_something", type_="check")
        batch_op.drop_constraint("one_subject", type_="check")
        batch_op.drop_constraint("fk_rating_message_id", type_="foreignkey")
        batch_op.drop_constraint("fk_rating_assignment_id", type_="foreignkey")
        batch_op.drop_constraint("uq_rating_message_id", type_="unique")
        batch_op.drop_constraint("uq_rating_assignment_id", type_="unique")
        batch_op.create_unique_constraint("uq_rating_conversation_id", ["conversation_id"])
        batch_op.alter_column("score", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_column("reasons")
        batch_op.drop_column("solved")
        batch_op.drop_column("message_id")
        batch_op.drop_column("assignment_id")
