"""routing: teams, skills, capacity, presence, decisions"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OPEN = "settled_at IS NULL"
# Written out with their constraints: SQLite can add such a column, but no constraint afterwards.
_COLUMNS = {
    "agent": {
        "capacity": "INTEGER DEFAULT 5 NOT NULL CONSTRAINT ck_agent_capacity_in_range CHECK (capacity BETWEEN 1 AND 30)"
    },
    "queue_entry": {
        "vulnerable": "BOOLEAN DEFAULT false NOT NULL",
        "team_id": "VARCHAR(40) CONSTRAINT fk_queue_entry_team_id REFERENCES team (id)",
    },
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "team",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dissolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
    )
    op.create_table(
        "team_skill",
        sa.Column("team_id", sa.String(length=40), nullable=False),
        sa.Column(
            "skill",
            sa.Enum(
                "fraud",
                "complaint",
                "negotiation",
                "general",
                "crisis",
                name="skill_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_skill_team_id")),
        sa.PrimaryKeyConstraint("team_id", "skill", name=op.f("pk_team_skill")),
    )
    op.create_table(
        "agent_team",
        sa.Column("team_id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_agent_team_team_id")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_team_agent_id")),
        sa.PrimaryKeyConstraint("team_id", "agent_id", name=op.f("pk_agent_team")),
    )
    op.create_index("ix_agent_team_agent_id", "agent_team", ["agent_id"])
    op.create_table(
        "agent_presence",
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("gateway_id", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_presence_agent_id")),
        sa.PrimaryKeyConstraint("agent_id", "gateway_id", name=op.f("pk_agent_presence")),
    )
    op.add_column("agent", sa.Column("available_since", sa.DateTime(timezone=True), nullable=True))
    for table, columns in _COLUMNS.items():
        for name, definition in columns.items():
            op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {definition}")
    op.drop_index("ix_queue_entry_order", table_name="queue_entry")
    op.create_index(
        "ix_queue_entry_place", "queue_entry", ["left_at", "priority_rank", "vulnerable", "entered_at", "id"]
    )
    op.create_index("ix_assignment_agent_id", "assignment", ["agent_id", "ended_at"])
    op.create_table(
        "routing_decision",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accept_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "accepted",
                "declined",
                "timed_out",
                "withdrawn",
                name="offeroutcome_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("decline_reason", sa.String(length=32), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(outcome IS NULL) = (settled_at IS NULL)", name=op.f("ck_routing_decision_settled_iff_outcome")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["queue_entry.id"], name=op.f("fk_routing_decision_entry_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_routing_decision_conversation_id")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_routing_decision_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_decision")),
    )
    op.create_index("ix_routing_decision_agent_id", "routing_decision", ["agent_id", "settled_at"])
    op.create_index("ix_routing_decision_conversation_id", "routing_decision", ["conversation_id", "decided_at"])
    op.create_index(
        "uq_routing_decision_open",
        "routing_decision",
        ["entry_id"],
        unique=True,
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("routing_decision")
    op.drop_index("ix_assignment_agent_id", table_name="assignment")
    op.drop_index("ix_queue_entry_place", table_name="queue_entry")
    op.create_index("ix_queue_entry_order", "queue_entry", ["left_at", "priority_rank", "entered_at", "id"])
    for table, columns in _COLUMNS.items():
        for name in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    op.drop_column("agent", "available_since")
    for table in ("agent_presence", "agent_team", "team_skill", "team"):
        op.drop_table(table)
