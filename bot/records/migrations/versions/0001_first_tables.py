"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.records.types import Instant, Json

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table, and what keeps the audit log append-only."""
    _create_people()
    _create_conversation()
    _create_messages()
    _create_duties()
    _create_patient_wishes()
    _create_remarks()
    _create_improvements()
    _create_audit()
    _protect_audit()


def _partial_index(name: str, table: str, columns: list[Any], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _create_people() -> None:
    """Staff accounts and their sessions."""
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("display_name", sa.String(120), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("failed_logins", sa.Integer, nullable=False),
        sa.Column("locked_until", Instant),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("last_login_at", Instant),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("name", name="uq_staff_name"),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("staff_id", sa.Integer, nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("second_factor_at", Instant),
        sa.Column("address", sa.String(64)),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name="fk_staff_sessions_staff_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_staff_sessions"),
    )
    op.create_index("ix_staff_sessions_staff", "staff_sessions", ["staff_id"])


def _create_conversation() -> None:
    """Conversations, and what can be filtered by."""
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("level", sa.String(16)),
        sa.Column("within", sa.String(20)),
        sa.Column("crisis", sa.Boolean, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("scope", sa.String(16)),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("protocol_version", sa.String(64)),
        sa.Column("zone", sa.String(64)),
        sa.Column("treatment", sa.String(20)),
        sa.Column("area", sa.Text),
        sa.Column("symptoms", Json),
        sa.Column("needs_review", sa.Boolean, nullable=False),
        sa.Column("review_reasons", Json),
        sa.Column("assignee_id", sa.Integer),
        sa.Column("queue_rank", sa.Integer),
        sa.Column("waiting_since", Instant),
        sa.Column("legal_hold", sa.Boolean, nullable=False),
        sa.Column("erased_at", Instant),
        sa.Column("message_count", sa.Integer, nullable=False),
        sa.Column("event_count", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff.id"], name="fk_conversations_assignee_id"),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_assignee", "conversations", ["assignee_id", "updated_at"])
    op.create_index("ix_conversations_level", "conversations", ["level", "updated_at"])
    op.create_index("ix_conversations_review", "conversations", ["needs_review", "updated_at"])
    op.create_index("ix_conversations_started", "conversations", ["started_at"])
    op.create_index("ix_conversations_status", "conversations", ["status", "updated_at"])
    op.create_index("ix_conversations_updated", "conversations", ["updated_at"])
    _partial_index(
        "ix_conversations_queue",
        "conversations",
        [sa.text("queue_rank DESC"), "waiting_since"],
        "queue_rank IS NOT NULL",
    )
    op.create_table(
        "facets",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.String(80), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_facets_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "value", "conversation_id", name="pk_facets"),
    )
    op.create_index("ix_facets_conversation", "facets", ["conversation_id"])
    op.create_index("ix_facets_newest", "facets", ["kind", "value", "at"])


def _create_messages() -> None:
    """What was said, and what a listening browser is told."""
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("sender", sa.String(10), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("chosen", Json),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("answered_at", Instant),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("understood", Json),
        sa.Column("assessment", Json),
        sa.Column("screen", Json),
        sa.Column("disagreement", sa.Boolean, nullable=False),
        sa.Column("replies", Json),
        sa.Column("latency_ms", sa.Integer),
        sa.Column("staff_id", sa.Integer),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_messages_conversation_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_messages_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("conversation_id", "sequence", name="uq_messages_conversation_id_sequence"),
        sa.UniqueConstraint("conversation_id", "uuid", name="uq_messages_conversation_id_uuid"),
    )
    _partial_index("ix_messages_unanswered", "messages", ["received_at"], "state <> 'answered'")
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_events_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("conversation_id", "sequence", name="uq_events_conversation_id_sequence"),
        sqlite_autoincrement=True,
    )


def _create_duties() -> None:
    """What staff must look at, and whom to tell."""
    op.create_table(
        "escalations",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("level", sa.String(16)),
        sa.Column("within", sa.String(20)),
        sa.Column("crisis", sa.Boolean, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("message_uuid", sa.String(36)),
        sa.Column("acknowledged_at", Instant),
        sa.Column("acknowledged_by", sa.Integer),
        sa.Column("closed_at", Instant),
        sa.Column("closed_by", sa.Integer),
        sa.Column("outcome", sa.String(40)),
        sa.Column("reason", sa.Text),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["staff.id"], name="fk_escalations_acknowledged_by"),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name="fk_escalations_closed_by"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_escalations_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_escalations"),
    )
    op.create_index("ix_escalations_conversation", "escalations", ["conversation_id", "opened_at"])
    _partial_index(
        "ix_escalations_unacknowledged",
        "escalations",
        ["due_at"],
        "acknowledged_at IS NULL AND closed_at IS NULL",
    )
    _partial_index(
        "ix_escalations_open", "escalations", [sa.text("rank DESC"), "opened_at"], "closed_at IS NULL"
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("conversation_id", sa.String(36)),
        sa.Column("payload", Json, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try_at", Instant, nullable=False),
        sa.Column("done_at", Instant),
        sa.Column("error", sa.Text),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_outbox_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_conversation_id", "outbox", ["conversation_id"])
    _partial_index("ix_outbox_waiting", "outbox", ["next_try_at"], "done_at IS NULL")


def _create_patient_wishes() -> None:
    """What a patient asked for beyond an answer."""
    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("given_at", Instant, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_contacts_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_conversation_id", "contacts", ["conversation_id"])
    op.create_table(
        "check_ins",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("sealed_email", sa.LargeBinary),
        sa.Column("sent_at", Instant),
        sa.Column("answered_at", Instant),
        sa.Column("cancelled_at", Instant),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_check_ins_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_check_ins"),
    )
    op.create_index("ix_check_ins_conversation_id", "check_ins", ["conversation_id"])
    _partial_index("ix_check_ins_due", "check_ins", ["due_at"], "sent_at IS NULL AND cancelled_at IS NULL")
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("reply_id", sa.String(64)),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_feedback_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
    )
    op.create_index("ix_feedback_at", "feedback", ["at"])
    op.create_index("ix_feedback_conversation_id", "feedback", ["conversation_id"])


def _create_remarks() -> None:
    """What staff write beside a conversation."""
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("message_uuid", sa.String(36)),
        sa.Column("staff_id", sa.Integer),
        sa.Column("at", Instant, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_notes_conversation_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_notes_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_conversation_id", "notes", ["conversation_id"])
    op.create_table(
        "tags",
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("tag", sa.String(40), nullable=False),
        sa.Column("staff_id", sa.Integer),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_tags_conversation_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_tags_staff_id"),
        sa.PrimaryKeyConstraint("conversation_id", "tag", name="pk_tags"),
    )
    op.create_index("ix_tags_tag", "tags", ["tag"])


def _create_improvements() -> None:
    """What staff say the assistant should have done."""
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("message_uuid", sa.String(36), nullable=False),
        sa.Column("staff_id", sa.Integer),
        sa.Column("at", Instant, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("before", Json),
        sa.Column("after", Json),
        sa.Column("exported_at", Instant),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_corrections_conversation_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_corrections_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_conversation_id", "corrections", ["conversation_id"])
    op.create_index("ix_corrections_exported_at", "corrections", ["exported_at"])
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("sampled_at", Instant, nullable=False),
        sa.Column("staff_id", sa.Integer),
        sa.Column("reviewed_at", Instant),
        sa.Column("level", sa.String(16)),
        sa.Column("agrees", sa.Boolean),
        sa.Column("text", sa.Text),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_reviews_conversation_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_reviews_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_conversation_id", "reviews", ["conversation_id"])


def _create_audit() -> None:
    """Who did what. Rows can be added and read, nothing else."""
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(24), nullable=False),
        sa.Column("subject_id", sa.String(64)),
        sa.Column("details", Json),
        sa.Column("address", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_actor", "audit", ["actor", "at"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_subject", "audit", ["subject", "subject_id"])


def _protect_audit() -> None:
    """Make the database itself refuse to change or remove an entry."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )
