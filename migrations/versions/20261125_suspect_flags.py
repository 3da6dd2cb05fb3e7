"""suspicions of the gray industry: flags, evidence, history, appeals and risk notices"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "suspect_flag",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "suspected",
                "confirmed",
                "cleared",
                name="flagstate_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "role",
            sa.Enum(
                "unknown",
                "victim",
                "operator",
                name="flagrole_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence_count", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'suspected') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_suspect_flag_decided_iff_not_suspected"),
        ),
        sa.CheckConstraint("state <> 'confirmed' OR role <> 'unknown'", name=op.f("ck_suspect_flag_role_if_confirmed")),
        sa.CheckConstraint("evidence_count > 0", name=op.f("ck_suspect_flag_has_evidence")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_suspect_flag_contact_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_suspect_flag_conversation_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["agent.id"], name=op.f("fk_suspect_flag_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspect_flag")),
        sa.UniqueConstraint("contact_id", "type", name=op.f("uq_suspect_flag_contact_id_type")),
    )
    with op.batch_alter_table("suspect_flag", schema=None) as batch_op:
        batch_op.create_index("ix_suspect_flag_state", ["state", "last_seen_at"], unique=False)

    op.create_table(
        "flag_appeal",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("flag_id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.String(length=40), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "granted", "dismissed", name="appealoutcome_known", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_flag_appeal_decided_iff_outcome"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["agent.id"], name=op.f("fk_flag_appeal_decided_by")),
        sa.ForeignKeyConstraint(["filed_by"], ["agent.id"], name=op.f("fk_flag_appeal_filed_by")),
        sa.ForeignKeyConstraint(["flag_id"], ["suspect_flag.id"], name=op.f("fk_flag_appeal_flag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_appeal")),
    )
    with op.batch_alter_table("flag_appeal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flag_appeal_flag_id"), ["flag_id"], unique=False)
        batch_op.create_index(
            "uq_flag_appeal_open",
            ["flag_id"],
            unique=True,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )

    op.create_table(
        "flag_event",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("flag_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_flag_event_agent_id")),
        sa.ForeignKeyConstraint(["flag_id"], ["suspect_flag.id"], name=op.f("fk_flag_event_flag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_event")),
    )
    with op.batch_alter_table("flag_event", schema=None) as batch_op:
        batch_op.create_index("ix_flag_event_flag_id_at", ["flag_id", "at"], unique=False)

    op.create_table(
        "flag_evidence",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("flag_id", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_flag_evidence_conversation_id")
        ),
        sa.ForeignKeyConstraint(["flag_id"], ["suspect_flag.id"], name=op.f("fk_flag_evidence_flag_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_flag_evidence_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_evidence")),
        sa.UniqueConstraint("message_id", name=op.f("uq_flag_evidence_message_id")),
    )
    with op.batch_alter_table("flag_evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flag_evidence_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index("ix_flag_evidence_flag_id_at", ["flag_id", "at"], unique=False)

    op.create_table(
        "risk_notice",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("flag_id", sa.String(length=40), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("outbox_id", sa.String(length=40), nullable=False),
        sa.Column("requested_by", sa.String(length=40), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["flag_id"], ["suspect_flag.id"], name=op.f("fk_risk_notice_flag_id")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_risk_notice_outbox_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["agent.id"], name=op.f("fk_risk_notice_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_notice")),
        sa.UniqueConstraint("flag_id", "template", "version", name=op.f("uq_risk_notice_flag_id_template_version")),
        sa.UniqueConstraint("outbox_id", name=op.f("uq_risk_notice_outbox_id")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("risk_notice")
    with op.batch_alter_table("flag_evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_flag_evidence_flag_id_at")
        batch_op.drop_index(batch_op.f("ix_flag_evidence_conversation_id"))

    op.drop_table("flag_evidence")
    with op.batch_alter_table("flag_event", schema=None) as batch_op:
        batch_op.drop_index("ix_flag_event_flag_id_at")

    op.drop_table("flag_event")
    with op.batch_alter_table("flag_appeal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_flag_appeal_open", sqlite_where=sa.text("outcome IS NULL"), postgresql_where=sa.text("outcome IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_flag_appeal_flag_id"))

    op.drop_table("flag_appeal")
    with op.batch_alter_table("suspect_flag", schema=None) as batch_op:
        batch_op.drop_index("ix_suspect_flag_state")

    op.drop_table("suspect_flag")
