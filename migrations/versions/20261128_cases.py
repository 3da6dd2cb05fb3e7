"""cases: more types and states, owners, closing details, relations and merging; a clock for answers to requests"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OLD_TYPES = ("enquiry", "complaint", "scam", "identity_theft", "negotiation", "crisis")
_TYPES = (
    "enquiry",
    "complaint",
    "scam",
    "identity_theft",
    "negotiation",
    "relief",
    "privacy_request",
    "gray_industry",
    "crisis",
)
_OLD_STATUSES = ("open", "in_progress", "closed")
_STATUSES = (
    "open",
    "in_progress",
    "waiting_customer",
    "verifying",
    "protecting",
    "tracking",
    "proposed",
    "accepted",
    "declined",
    "answered",
    "reviewing",
    "closed",
)
_OLD_CLOCKS = ("first_reply", "next_reply", "complaint", "credit_objection", "review")
_CLOCKS = (*_OLD_CLOCKS, "case_answer")
_RELATIONS = ("duplicate", "same_scam", "same_person")
# How a type's work was called before it had states of its own, and what it is now.
_TAKEN_UP = {"scam": "protecting", "identity_theft": "verifying"}
# What the types of this release were before it.
_BEFORE = {"relief": "negotiation", "privacy_request": "enquiry", "gray_industry": "enquiry"}


def _one_of(column: str, values: Sequence[str]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def _choice(values: Sequence[str], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _change_check(table: str, name: str, words: str) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(op.f(name), type_="check")
        batch_op.create_check_constraint(op.f(name), sa.text(words))


def upgrade() -> None:
    """Apply."""
    op.add_column("case", sa.Column("owner_id", sa.String(length=40), nullable=True))
    op.add_column("case", sa.Column("closing", sa.JSON(), nullable=True))
    op.add_column("case", sa.Column("merged_into_id", sa.String(length=40), nullable=True))
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_foreign_key(op.f("fk_case_owner_id"), "agent", ["owner_id"], ["id"])
        batch_op.create_foreign_key(op.f("fk_case_merged_into_id"), "case", ["merged_into_id"], ["id"])
        batch_op.create_index("ix_case_owner_id", ["owner_id"], unique=False)
        batch_op.create_index("ix_case_status_opened_at", ["status", "opened_at"], unique=False)
        batch_op.create_check_constraint(
            op.f("ck_case_merged_is_closed"), sa.text("merged_into_id IS NULL OR status = 'closed'")
        )
    _change_check("case", "ck_case_casetype_known", _one_of("type", _TYPES))
    _change_check("case", "ck_case_casestatus_known", _one_of("status", _STATUSES))
    _change_check("clock", "ck_clock_clockkind_known", _one_of("kind", _CLOCKS))
    case = sa.table("case", sa.column("type", sa.String), sa.column("status", sa.String))
    for case_type, status in _TAKEN_UP.items():
        op.execute(
            sa.update(case).where(case.c.type == case_type, case.c.status == "in_progress").values(status=status)
        )
    # Whoever serves the matter now is responsible for it.
    op.execute(
        sa.text(
            'UPDATE "case" SET owner_id = ('
            " SELECT min(conversation.agent_id) FROM case_conversation"
            " JOIN conversation ON conversation.id = case_conversation.conversation_id"
            ' WHERE case_conversation.case_id = "case".id'
            ") WHERE status <> 'closed'"
        )
    )
    op.create_table(
        "case_relation",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("other_id", sa.String(length=40), nullable=False),
        sa.Column("kind", _choice(_RELATIONS, "relation_known"), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("case_id < other_id", name=op.f("ck_case_relation_in_order")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_case_relation_agent_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_relation_case_id")),
        sa.ForeignKeyConstraint(["other_id"], ["case.id"], name=op.f("fk_case_relation_other_id")),
        sa.PrimaryKeyConstraint("case_id", "other_id", "kind", name=op.f("pk_case_relation")),
    )
    with op.batch_alter_table("case_relation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_relation_other_id"), ["other_id"], unique=False)
    op.create_table(
        "case_merge",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("winner_id", sa.String(length=40), nullable=False),
        sa.Column("loser_id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_case_merge_agent_id")),
        sa.ForeignKeyConstraint(["loser_id"], ["case.id"], name=op.f("fk_case_merge_loser_id")),
        sa.ForeignKeyConstraint(["undone_by"], ["agent.id"], name=op.f("fk_case_merge_undone_by")),
        sa.ForeignKeyConstraint(["winner_id"], ["case.id"], name=op.f("fk_case_merge_winner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_merge")),
    )
    with op.batch_alter_table("case_merge", schema=None) as batch_op:
        batch_op.create_index("ix_case_merge_loser_id", ["loser_id"], unique=False)
        batch_op.create_index("ix_case_merge_winner_id", ["winner_id"], unique=False)


def downgrade() -> None:
    """Undo; cases of the newer types become what they would have been before."""
    op.drop_table("case_merge")
    op.drop_table("case_relation")
    op.execute(sa.text("DELETE FROM clock WHERE kind = 'case_answer'"))
    case = sa.table("case", sa.column("type", sa.String), sa.column("status", sa.String))
    for case_type, before in _BEFORE.items():
        op.execute(sa.update(case).where(case.c.type == case_type).values(type=before))
    op.execute(sa.update(case).where(case.c.status.not_in(_OLD_STATUSES)).values(status="in_progress"))
    _change_check("clock", "ck_clock_clockkind_known", _one_of("kind", _OLD_CLOCKS))
    _change_check("case", "ck_case_casestatus_known", _one_of("status", _OLD_STATUSES))
    _change_check("case", "ck_case_casetype_known", _one_of("type", _OLD_TYPES))
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_case_merged_is_closed"), type_="check")
        batch_op.drop_index("ix_case_status_opened_at")
        batch_op.drop_index("ix_case_owner_id")
        batch_op.drop_constraint(op.f("fk_case_merged_into_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_case_owner_id"), type_="foreignkey")
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("closing")
        batch_op.drop_column("owner_id")
