"""Check-ins in the conversation: asked for, chosen and ended by what a patient writes or taps."""

from dataclasses import replace
from datetime import datetime

from bot.gateway import check_ins
from bot.gateway.check_ins import Choice, NotOffered
from bot.gateway.moments import DAY
from bot.gateway.words import Words
from bot.records import messages
from bot.records.contacts import Seal
from bot.records.database import Connection, Row
from bot.records.escalations import Deadlines
from bot.records.turns import Answer, Failure, record_answer, record_failure, record_own_answer

REQUEST, STOPS = "request_check_in", ("stop", "stop_check_ins")
"""The intents that ask for a check-in, and those that end them."""


class CheckInTurns:
    """Writes answers to messages together with what they mean for check-ins, in one transaction each."""

    def __init__(self, words: Words, seal: Seal) -> None:
        self._words = words
        self._seal = seal

    def answer(
        self, connection: Connection, message: Row, answer: Answer, now: datetime, deadlines: Deadlines
    ) -> list[Row]:
        """Write an answer of the dialogue side; what it cannot do about check-ins is said in addition."""
        conversation_id = message["conversation_id"]
        intent = (answer.understood.get("intent") or {}).get("name")
        if intent in STOPS or check_ins.is_stop(message["text"], self._words):
            answer = self._stopped(connection, conversation_id, answer, now)
        elif intent == REQUEST and not any(reply["kind"] in ("question", "result") for reply in answer.replies):
            answer = self._offered(connection, message, answer, now)
        return record_answer(connection, conversation_id, message["uuid"], answer, now, deadlines)

    def failure(
        self, connection: Connection, message: Row, failure: Failure, now: datetime, deadlines: Deadlines
    ) -> list[Row]:
        """Write that there is no answer yet. Whoever wrote "stop" is not asked again even so."""
        if check_ins.is_stop(message["text"], self._words):
            check_ins.stop(connection, message["conversation_id"], self._words, now)
        return record_failure(connection, message["conversation_id"], message["uuid"], failure, now, deadlines)

    def choice(self, connection: Connection, message: Row, moment: Choice, now: datetime) -> list[Row]:
        """Answer a tap on one of the moments that were offered."""
        said = self._chosen(connection, message["conversation_id"], moment, now)
        replies = [check_ins.reply_of(said, now)]
        return record_own_answer(connection, message["conversation_id"], message["uuid"], replies, now)

    def _chosen(self, connection: Connection, conversation_id: str, moment: Choice, now: datetime) -> str:
        protocol = self._words.protocol
        if moment == check_ins.NONE:
            return protocol.text("check_in.declined")
        try:
            return check_ins.plan(connection, conversation_id, moment, self._words, self._seal, now)[1]
        except NotOffered:
            return protocol.text("check_in_later.not_now")

    def _stopped(self, connection: Connection, conversation_id: str, answer: Answer, now: datetime) -> Answer:
        said = check_ins.stop(connection, conversation_id, self._words, now)
        if said is None or any(reply["text"] == said for reply in answer.replies):
            return answer
        return replace(answer, replies=[*answer.replies, check_ins.reply_of(said, now)])

    def _offered(self, connection: Connection, message: Row, answer: Answer, now: datetime) -> Answer:
        """Ask when; whoever has been asked that just now and still names no moment gets the usual one."""
        conversation_id = message["conversation_id"]
        before = messages.last_replies(connection, conversation_id, message["sequence"])
        if any(check_ins.is_offer(reply) for reply in before):
            said = self._chosen(connection, conversation_id, DAY, now)
            return replace(answer, replies=[check_ins.reply_of(said, now)])
        try:
            offered = check_ins.offers(connection, conversation_id, self._words, now)
        except NotOffered:
            return answer
        return replace(answer, replies=[check_ins.offer_reply(offered, self._words.protocol, now)])
