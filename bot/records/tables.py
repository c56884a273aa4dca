"""The tables. `migrations/` creates them; a test holds the two together.

Two columns are kept for speed and only ever changed together with what they sum up:
`conversations.queue_rank` and `waiting_since` (the open escalations), and `facets` (what can be filtered by).
"""

import sqlalchemy as sa

from bot.records.types import Instant, Json

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _conversation(**options: bool) -> sa.Column:
    """Return the column that ties a row to its conversation and goes with it."""
    key = sa.ForeignKey("conversations.id", ondelete="CASCADE")
    return sa.Column("conversation_id", sa.String(36), key, nullable=False, **options)


def _partial(name: str, where: str, *columns: str | sa.sql.elements.TextClause) -> sa.Index:
    """Return an index over only the rows that are asked for all the time."""
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _staff(name: str = "staff_id") -> sa.Column:
    return sa.Column(name, sa.Integer, sa.ForeignKey("staff.id"))


staff = sa.Table(
    "staff",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("display_name", sa.String(120), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("password_hash", sa.String(255), nullable=False),
    sa.Column("totp_secret", sa.LargeBinary),
    # The time step of the last code that was used: none is good twice.
    sa.Column("totp_step", sa.Integer),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("failed_logins", sa.Integer, nullable=False),
    sa.Column("locked_until", Instant),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("last_login_at", Instant),
)

LISTED = ("id", "updated_at", "started_at", "erased_at", "level", "status", "treatment")
conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("status", sa.String(12), nullable=False),
    # The highest level reached so far, with the parts that make it precise.
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
    _staff("assignee_id"),
    # What staff still have to look at: the rank of the most urgent open escalation, and since when one waits.
    sa.Column("queue_rank", sa.Integer),
    sa.Column("waiting_since", Instant),
    sa.Column("legal_hold", sa.Boolean, nullable=False),
    sa.Column("erased_at", Instant),
    sa.Column("message_count", sa.Integer, nullable=False),
    sa.Column("event_count", sa.Integer, nullable=False),
    sa.Index("ix_conversations_updated", "updated_at"),
    sa.Index("ix_conversations_level", "level", "updated_at"),
    sa.Index("ix_conversations_status", "status", "updated_at"),
    sa.Index("ix_conversations_started", "started_at"),
    _partial("ix_conversations_queue", "queue_rank IS NOT NULL", sa.text("queue_rank DESC"), "waiting_since"),
    sa.Index("ix_conversations_assignee", "assignee_id", "updated_at"),
    sa.Index("ix_conversations_review", "needs_review", "updated_at"),
    # What a list filters and sorts by, for many ids at once without reading the rows.
    sa.Index("ix_conversations_listed", *LISTED),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _conversation(),
    sa.Column("sequence", sa.Integer, nullable=False),
    # Given by the patient's widget: the same uuid is the same message, however often it arrives.
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
    _staff(),
    sa.UniqueConstraint("conversation_id", "uuid"),
    sa.UniqueConstraint("conversation_id", "sequence"),
    _partial("ix_messages_unanswered", "state <> 'answered'", "received_at"),
)

facets = sa.Table(
    "facets",
    metadata,
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("value", sa.String(80), primary_key=True),
    _conversation(primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_facets_newest", "kind", "value", "at"),
    sa.Index("ix_facets_conversation", "conversation_id"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _conversation(),
    # Counted per conversation under its row lock, so that no later event can hide an earlier one.
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("data", Json, nullable=False),
    sa.UniqueConstraint("conversation_id", "sequence"),
    sqlite_autoincrement=True,
)

escalations = sa.Table(
    "escalations",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _conversation(),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("level", sa.String(16)),
    sa.Column("within", sa.String(20)),
    sa.Column("crisis", sa.Boolean, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("message_uuid", sa.String(36)),
    sa.Column("acknowledged_at", Instant),
    _staff("acknowledged_by"),
    sa.Column("closed_at", Instant),
    _staff("closed_by"),
    sa.Column("outcome", sa.String(40)),
    sa.Column("reason", sa.Text),
    sa.Index("ix_escalations_conversation", "conversation_id", "opened_at"),
    _partial("ix_escalations_open", "closed_at IS NULL", sa.text("rank DESC"), "opened_at"),
    _partial("ix_escalations_unacknowledged", "acknowledged_at IS NULL AND closed_at IS NULL", "due_at"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(24), nullable=False),
    # The same key is the same alert: it is never sent for twice.
    sa.Column("key", sa.String(120), nullable=False, unique=True),
    sa.Column("conversation_id", sa.String(36), sa.ForeignKey("conversations.id", ondelete="CASCADE"), index=True),
    sa.Column("payload", Json, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_try_at", Instant, nullable=False),
    sa.Column("done_at", Instant),
    sa.Column("error", sa.Text),
    _partial("ix_outbox_waiting", "done_at IS NULL", "next_try_at"),
)

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _conversation(index=True),
    sa.Column("given_at", Instant, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

check_ins = sa.Table(
    "check_ins",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _conversation(index=True),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("sealed_email", sa.LargeBinary),
    sa.Column("sent_at", Instant),
    sa.Column("answered_at", Instant),
    sa.Column("cancelled_at", Instant),
    _partial("ix_check_ins_due", "sent_at IS NULL AND cancelled_at IS NULL", "due_at"),
)

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _conversation(index=True),
    sa.Column("reply_id", sa.String(64)),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("text", sa.Text),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Index("ix_feedback_kind", "kind", "conversation_id"),
)

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _conversation(index=True),
    sa.Column("message_uuid", sa.String(36)),
    _staff(),
    sa.Column("at", Instant, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

tags = sa.Table(
    "tags",
    metadata,
    _conversation(primary_key=True),
    sa.Column("tag", sa.String(40), primary_key=True, index=True),
    _staff(),
    sa.Column("at", Instant, nullable=False),
)

corrections = sa.Table(
    "corrections",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _conversation(index=True),
    sa.Column("message_uuid", sa.String(36), nullable=False),
    _staff(),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("before", Json),
    sa.Column("after", Json),
    sa.Column("exported_at", Instant, index=True),
)

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _conversation(index=True),
    sa.Column("sampled_at", Instant, nullable=False, index=True),
    _staff(),
    sa.Column("reviewed_at", Instant),
    sa.Column("level", sa.String(16)),
    sa.Column("agrees", sa.Boolean),
    sa.Column("text", sa.Text),
)

staff_sessions = sa.Table(
    "staff_sessions",
    metadata,
    # The digest of what the browser holds: a copy of this table opens no session.
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("second_factor_at", Instant),
    sa.Column("address", sa.String(64)),
    sa.Index("ix_staff_sessions_staff", "staff_id"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Instant, nullable=False, index=True),
    # Names and ids are copied, not referenced: an entry outlives what it is about.
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(24), nullable=False),
    sa.Column("subject_id", sa.String(64)),
    sa.Column("details", Json),
    sa.Column("address", sa.String(64)),
    sa.Index("ix_audit_subject", "subject", "subject_id"),
    sa.Index("ix_audit_actor", "actor", "at"),
)
