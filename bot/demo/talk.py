"""Conversations of scripted people with a running product, through its chat API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from bot.demo.person import Person, answer, find_question
from bot.triage.model import Protocol
from bot.triage.questions import WHICH

MOST_TURNS = 20
Replies = list[dict[str, Any]]


class Patient:
    """One conversation through the chat API, as another program would hold it."""

    def __init__(self, url: str, zone: str | None = None) -> None:
        """Begin the conversation at the address of a running product; zone: the patient's, as their browser says."""
        self.http = httpx.Client(base_url=url, timeout=60)
        begun = self.http.post("/api/conversations", json={"zone": zone} if zone else {})
        begun.raise_for_status()
        opened = begun.json()
        self.id: str = opened["conversation_id"]
        self.greeting: Replies = opened["replies"]
        self.headers = {"Authorization": f"Bearer {opened['token']}"}

    def post(self, body: dict[str, Any], path: str = "messages") -> httpx.Response:
        """Send something to a part of the conversation and return the answer as it is."""
        return self.http.post(f"/api/conversations/{self.id}/{path}", json=body, headers=self.headers)

    def send(self, body: dict[str, Any]) -> Replies:
        """Send a message and return the replies; there is always one. Raises RuntimeError otherwise."""
        answered = self.post({"id": str(uuid4()), **body})
        replies: Replies = answered.json()["replies"] if answered.status_code == 200 else []
        if not replies:
            raise RuntimeError(f"a message was answered with {answered.status_code} {answered.text}")
        return replies

    def say(self, text: str) -> Replies:
        """Send typed words."""
        return self.send({"text": text})

    def tap(self, *values: str) -> Replies:
        """Send tapped options."""
        return self.send({"values": list(values)})

    def transcript(self) -> dict[str, Any]:
        """Return the whole conversation."""
        answered = self.http.get(f"/api/conversations/{self.id}", headers=self.headers)
        answered.raise_for_status()
        body: dict[str, Any] = answered.json()
        return body


@dataclass
class Talk:
    """How a conversation went."""

    person: Person
    id: str = ""
    level: str | None = None
    crisis: bool = False
    rules: tuple[str, ...] = ()
    questions: int = 0
    lines: list[str] = field(default_factory=list)


def results(replies: Replies) -> Replies:
    """Return the result cards among replies."""
    return [reply["result"] for reply in replies if reply["result"]]


def question(replies: Replies) -> dict[str, Any] | None:
    """Return the question the replies end with, or None."""
    return next((reply for reply in reversed(replies) if reply["kind"] == "question"), None)


def at_once() -> None:
    """Read and think for no time at all."""


def converse(url: str, person: Person, protocol: Protocol, think: Callable[[], None] = at_once) -> Talk:
    """Hold the whole conversation and return how it went. think: is called before every answer."""
    patient = Patient(url)
    talk = Talk(person, patient.id)
    says = {turn["after"]: turn["say"] for turn in person.turns}
    replies = _say(patient, talk, person.opening)
    for number in range(1, MOST_TURNS if person.leaves is None else person.leaves + 1):
        think()
        asked = question(replies)
        if number in says:
            replies = _say(patient, talk, says.pop(number))
        elif asked is not None and asked["input"] != "contact":
            replies = _tap(patient, talk, asked, protocol)
        else:
            break
    _at_the_end(patient, person.after, replies)
    return talk


def _say(patient: Patient, talk: Talk, text: str) -> Replies:
    talk.lines.append(f"patient: {text}")
    return _note(talk, patient.say(text))


def _tap(patient: Patient, talk: Talk, asked: dict[str, Any], protocol: Protocol) -> Replies:
    found, values = find_question(asked, protocol), answer(asked, talk.person.facts, protocol)
    follow_up = found is None or found.id in (protocol.check.id, *protocol.follow_ups) or found.id.endswith(WHICH)
    if not follow_up:
        talk.questions += 1
    talk.lines.append(f"patient taps: {', '.join(values)}")
    return _note(talk, patient.tap(*values))


def _note(talk: Talk, replies: Replies) -> Replies:
    talk.lines += [f"assistant: {reply['text']}" for reply in replies]
    for result in results(replies):
        talk.level, talk.crisis, talk.rules = result["level"], result["crisis"], tuple(result["rules"])
        talk.lines.append(f"assistant shows {result['level']} by {', '.join(result['rules'])}")
    return replies


def _at_the_end(patient: Patient, wanted: Mapping[str, Any], replies: Replies) -> None:
    """Give an opinion of the last reply, and ask to be called, as far as the script says so."""
    if "feedback" in wanted:
        given = wanted["feedback"]
        opinion = {"misunderstood": True} if given == "not_what_i_meant" else {"helpful": given == "helpful"}
        word = {"word": wanted["word"]} if "word" in wanted else {}
        patient.post({"reply_id": replies[-1]["id"], **opinion, **word}, "feedback").raise_for_status()
    if "call_back" in wanted:
        patient.post(wanted["call_back"], "contact").raise_for_status()
