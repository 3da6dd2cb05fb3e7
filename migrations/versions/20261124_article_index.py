"""the index of the articles, in each database's own full-text search"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    if op.get_context().dialect.name == "sqlite":
        # The ascii tokenizer splits at ASCII signs and spaces only; the terms come split already.
        op.execute(
            "CREATE VIRTUAL TABLE article_index USING fts5"
            " (article_id UNINDEXED, title, questions, body, tokenize = 'ascii')"
        )
    else:
        op.execute("CREATE TABLE article_index (article_id varchar(64) PRIMARY KEY, words tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_article_index_words ON article_index USING gin (words)")
    state = op.create_table(
        "article_index_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_index_state")),
    )
    # Of no content: the first gateway builds the index.
    op.bulk_insert(state, [{"id": 1, "content_hash": ""}])


def downgrade() -> None:
    """Undo."""
    op.drop_table("article_index_state")
    op.execute("DROP TABLE article_index")
