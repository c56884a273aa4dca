"""Indexes for filters that fit many conversations."""

from alembic import op

revision = "0003_lists"
down_revision = "0002_console"

LISTED = ["id", "updated_at", "started_at", "erased_at", "level", "status", "treatment"]


def upgrade() -> None:
    """Add what a list filters and sorts by, and feedback by kind."""
    op.create_index("ix_conversations_listed", "conversations", LISTED)
    op.create_index("ix_feedback_kind", "feedback", ["kind", "conversation_id"])
