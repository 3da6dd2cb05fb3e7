"""open_conversation: a contact has one open conversation at most

Where an older release let two come into being, customers have written into the newest since: the others are closed,
with everything that was said in them, and their cases stay open for people to look at.
"""

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_REASON = "duplicate"

_conversation = sa.table(
    "conversation",
    sa.column("id", sa.String),
    sa.column("contact_id", sa.String),
    sa.column("owner", sa.String),
    sa.column("owner_epoch", sa.Integer),
    sa.column("agent_id", sa.String),
    sa.column("opened_at", sa.DateTime(timezone=True)),
    sa.column("closed_at", sa.DateTime(timezone=True)),
    sa.column("resolution", sa.String),
)
_assignment = sa.table(
    "assignment",
    sa.column("id", sa.String),
    sa.column("conversation_id", sa.String),
    sa.column("epoch", sa.Integer),
    sa.column("owner", sa.String),
    sa.column("reason", sa.String),
    sa.column("decided_by", sa.String),
    sa.column("started_at", sa.DateTime(timezone=True)),
    sa.column("ended_at", sa.DateTime(timezone=True)),
)
_queue_entry = sa.table(
    "queue_entry",
    sa.column("conversation_id", sa.String),
    sa.column("left_at", sa.DateTime(timezone=True)),
    sa.column("outcome", sa.String),
)
_clock = sa.table(
    "clock",
    sa.column("conversation_id", sa.String),
    sa.column("met_at", sa.DateTime(timezone=True)),
    sa.column("dropped_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    still_open = connection.execute(
        sa.select(_conversation.c.id, _conversation.c.contact_id, _conversation.c.owner_epoch)
        .where(_conversation.c.owner != "closed")
        # As store.find_current_conversation chooses.
        .order_by(_conversation.c.contact_id, _conversation.c.opened_at.desc(), _conversation.c.id)
    ).all()
    kept: set[str] = set()
    for conversation_id, contact_id, epoch in still_open:
        if contact_id in kept:
            _close(connection, conversation_id, epoch)
        kept.add(contact_id)
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index(
            "uq_conversation_open",
            ["contact_id"],
            unique=True,
            sqlite_where=sa.text("owner <> 'closed'"),
            postgresql_where=sa.text("owner <> 'closed'"),
        )


def _close(connection: sa.Connection, conversation_id: str, epoch: int) -> None:
    at = datetime.now(UTC)
    connection.execute(
        sa.update(_assignment)
        .where(_assignment.c.conversation_id == conversation_id, _assignment.c.ended_at.is_(None))
        .values(ended_at=at)
    )
    connection.execute(
        sa.insert(_assignment).values(
            id=secrets.token_hex(20),
            conversation_id=conversation_id,
            epoch=epoch + 1,
            owner="closed",
            reason=_REASON,
            decided_by="system",
            started_at=at,
        )
    )
    connection.execute(
        sa.update(_conversation)
        .where(_conversation.c.id == conversation_id)
        .values(owner="closed", owner_epoch=epoch + 1, agent_id=None, closed_at=at, resolution=_REASON)
    )
    connection.execute(
        sa.update(_queue_entry)
        .where(_queue_entry.c.conversation_id == conversation_id, _queue_entry.c.left_at.is_(None))
        .values(left_at=at, outcome=_REASON)
    )
    connection.execute(
        sa.update(_clock)
        .where(_clock.c.conversation_id == conversation_id, _clock.c.met_at.is_(None), _clock.c.dropped_at.is_(None))
        .values(dropped_at=at)
    )


def downgrade() -> None:
    """Undo; what was closed stays closed."""
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index("uq_conversation_open")
