"""What the staff console needs: full-text search over patients' words, and codes that work once."""

import sqlalchemy as sa
from alembic import op

revision = "0002_console"
down_revision = "0001"

CONFIDENCE = {
    "sqlite": "json_extract(understood, '$.intent.confidence')",
    "postgresql": "(CAST(understood #>> '{intent,confidence}' AS double precision))",
}
FEEDS = {
    "message_search_added": "AFTER INSERT ON messages WHEN new.text IS NOT NULL BEGIN {put} END",
    "message_search_removed": "AFTER DELETE ON messages WHEN old.text IS NOT NULL BEGIN {drop} END",
    "message_search_changed": "AFTER UPDATE OF text ON messages BEGIN {drop} {put} END",
}
PUT = "INSERT INTO message_search(rowid, text) VALUES (new.id, new.text);"
DROP = "INSERT INTO message_search(message_search, rowid, text) VALUES ('delete', old.id, old.text);"


def upgrade() -> None:
    """Add the search index, filled with what is there, and the column of the second factor."""
    op.add_column("staff", sa.Column("totp_step", sa.Integer))
    if op.get_bind().dialect.name == "sqlite":
        _search_on_sqlite()
    else:
        op.execute("CREATE INDEX ix_messages_search ON messages USING gin (to_tsvector('simple', coalesce(text, '')))")
    confidence = CONFIDENCE[op.get_bind().dialect.name]
    op.execute(f"CREATE INDEX ix_messages_confidence ON messages ({confidence}, conversation_id)")
    op.create_index("ix_reviews_sampled_at", "reviews", ["sampled_at"])
    op.create_index("ix_corrections_at", "corrections", ["at"])


def _search_on_sqlite() -> None:
    """An FTS5 index that keeps no second copy of the text and follows the table by itself."""
    op.execute(
        "CREATE VIRTUAL TABLE message_search USING fts5"
        "(text, content='messages', content_rowid='id', tokenize='unicode61 remove_diacritics 2')"
    )
    for name, trigger in FEEDS.items():
        op.execute(f"CREATE TRIGGER {name} " + trigger.format(put=PUT, drop=DROP))
    op.execute("INSERT INTO message_search(message_search) VALUES ('rebuild')")
