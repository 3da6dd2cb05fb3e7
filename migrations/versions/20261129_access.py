"""access: second factor, lock-out, sessions, the audit trail's chain"""

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_GENESIS = "0" * 64
_TIME = sa.DateTime(timezone=True)
_AUDIT = sa.table(
    "audit",
    sa.column("id", sa.String),
    sa.column("actor", sa.String),
    sa.column("action", sa.String),
    sa.column("subject", sa.String),
    sa.column("details", sa.JSON),
    sa.column("at", _TIME),
    sa.column("seq", sa.BigInteger),
    sa.column("previous_hash", sa.String),
    sa.column("hash", sa.String),
)


def upgrade() -> None:
    """Apply."""
    _add_second_factor()
    _add_session_fields()
    op.drop_column("agent", "failed_sign_ins")
    op.drop_column("agent", "next_sign_in_at")
    op.add_column("agent", sa.Column("second_factor_required", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("agent", sa.Column("last_sign_in_at", _TIME, nullable=True))
    _chain_audit()
    _forbid_changes()


def _add_second_factor() -> None:
    op.create_table(
        "sign_in_delay",
        sa.Column("door", sa.String(length=64), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("next_at", _TIME, nullable=True),
        sa.Column("failed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("door", name=op.f("pk_sign_in_delay")),
    )
    op.create_index("ix_sign_in_delay_failed_at", "sign_in_delay", ["failed_at"])
    op.create_table(
        "second_factor",
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.String(length=255), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("confirmed_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_second_factor_agent_id")),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_recovery_code_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_agent_id"), "recovery_code", ["agent_id"])


def _add_session_fields() -> None:
    for name in ("address", "browser"):
        op.add_column("agent_session", sa.Column(name, sa.String(length=40), nullable=False, server_default=""))
    op.add_column("agent_session", sa.Column("pending", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name, origin in (("last_used_at", "created_at"), ("ends_at", "expires_at")):
        op.add_column("agent_session", sa.Column(name, _TIME, nullable=True))
        # Both names are written above.
        op.execute(f"UPDATE agent_session SET {name} = {origin}")  # noqa: S608
    with op.batch_alter_table("agent_session", schema=None) as batch_op:
        batch_op.alter_column("last_used_at", existing_type=_TIME, nullable=False)
        batch_op.alter_column("ends_at", existing_type=_TIME, nullable=False)


def _chain_audit() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.add_column("audit", sa.Column("seq", sa.BigInteger(), nullable=True))
    op.add_column("audit", sa.Column("previous_hash", sa.String(length=64), nullable=True))
    op.add_column("audit", sa.Column("hash", sa.String(length=64), nullable=True))
    seq, last = _chain_old_entries()
    op.bulk_insert(
        sa.table("audit_head", sa.column("id", sa.Integer), sa.column("seq", sa.BigInteger), sa.column("hash")),
        [{"id": 1, "seq": seq, "hash": last}],
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.alter_column("seq", existing_type=sa.BigInteger(), nullable=False)
        batch_op.alter_column("previous_hash", existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column("hash", existing_type=sa.String(length=64), nullable=False)
        batch_op.create_unique_constraint(op.f("uq_audit_seq"), ["seq"])
        batch_op.create_index("ix_audit_actor", ["actor", "at"])
        batch_op.create_index("ix_audit_action", ["action", "at"])
        batch_op.create_index("ix_audit_at", ["at"])


def _chain_old_entries() -> tuple[int, str]:
    """Give what was recorded so far its place in the chain; return the last place and its hash."""
    seq, last = 0, _GENESIS
    for row in op.get_bind().execute(sa.select(_AUDIT).order_by(_AUDIT.c.at, _AUDIT.c.id)).all():
        seq += 1
        content = {
            "id": row.id,
            "seq": seq,
            "actor": row.actor,
            "action": row.action,
            "subject": row.subject,
            "details": row.details,
            "at": _utc(row.at).isoformat(),
            "previous": last,
        }
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        previous, last = last, hashlib.sha256(text.encode()).hexdigest()
        op.execute(_AUDIT.update().where(_AUDIT.c.id == row.id).values(seq=seq, previous_hash=previous, hash=last))
    return seq, last


def _utc(at: datetime) -> datetime:
    # SQLite gives naive times back.
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _forbid_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{what.lower()} BEFORE {what} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
    )


def downgrade() -> None:
    """Undo."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_no_update")
        op.execute("DROP TRIGGER audit_no_delete")
    else:
        op.execute("DROP TRIGGER audit_no_change ON audit")
        op.execute("DROP FUNCTION audit_append_only()")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        for name in ("ix_audit_actor", "ix_audit_action", "ix_audit_at"):
            batch_op.drop_index(name)
        batch_op.drop_constraint(op.f("uq_audit_seq"), type_="unique")
        for name in ("seq", "previous_hash", "hash"):
            batch_op.drop_column(name)
    op.drop_table("audit_head")
    op.drop_column("agent", "last_sign_in_at")
    op.drop_column("agent", "second_factor_required")
    op.add_column("agent", sa.Column("next_sign_in_at", _TIME, nullable=True))
    op.add_column("agent", sa.Column("failed_sign_ins", sa.Integer(), nullable=False, server_default="0"))
    for name in ("address", "browser", "pending", "last_used_at", "ends_at"):
        op.drop_column("agent_session", name)
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
    op.drop_table("sign_in_delay")
