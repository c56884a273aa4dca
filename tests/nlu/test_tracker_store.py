"""Rasa's working memory: short at any turn, the same state, there again after a restart."""

import asyncio
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.tracker_store import ShortTrackerStore, shortened
from bot.paths import ROOT
from tests.records.conftest import create_on, postgres

__all__ = ["postgres"]


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(str(ROOT / "domain.yml"))


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'rasa.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The embedded database, and a new one on a PostgreSQL server."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("file_url"))
    return create_on(request.getfixturevalue("postgres"))


def tracker_after(turns: int, domain: Domain) -> DialogueStateTracker:
    """A conversation in which the form is open and every turn changed what is known."""
    tracker = DialogueStateTracker.from_events("patient", [], domain.slots)
    for number in range(turns):
        tracker.update(ActionExecuted("action_listen"))
        tracker.update(UserUttered(f"message {number}", intent={"name": "inform", "confidence": 1.0}))
        tracker.update(ActionExecuted("triage_form"))
        if number == 0:
            tracker.update(ActiveLoop("triage_form"))
        tracker.update(SlotSet("episode", {"facts": {"soreness": True}, "tries": number}))
        tracker.update(BotUttered("a card", metadata={"reply": {"result": "x" * 2000}}))
    tracker.update(ActionExecuted("action_listen"))
    return tracker


def state(tracker: DialogueStateTracker) -> tuple[object, ...]:
    return tracker.current_slot_values(), tracker.active_loop_name, tracker.latest_action_name


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 10])
def test_the_state_is_the_same(turns: int, domain: Domain, url: str) -> None:
    tracker = tracker_after(turns, domain)
    asyncio.run(ShortTrackerStore(domain, host=url).save(tracker))
    again = asyncio.run(ShortTrackerStore(domain, host=url).retrieve("patient"))
    assert again is not None and state(again) == state(tracker)


def test_the_length_does_not_grow_with_the_conversation(domain: Domain) -> None:
    lengths = [len(shortened(tracker_after(turns, domain), 2)) for turns in (5, 50, 300)]
    assert lengths[0] == lengths[1] == lengths[2] < 30


def test_cards_are_not_kept(domain: Domain, file_url: str, tmp_path: Path) -> None:
    asyncio.run(ShortTrackerStore(domain, host=file_url).save(tracker_after(3, domain)))
    assert b"xxxx" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_conversations_are_forgotten(domain: Domain, url: str) -> None:
    store = ShortTrackerStore(domain, host=url)
    asyncio.run(store.save(tracker_after(3, domain)))
    assert list(asyncio.run(store.keys())) == ["patient"]
    assert store.forget_older_than(days=1) == 0
    store.forget("patient")
    assert asyncio.run(store.retrieve("patient")) is None


def test_what_one_process_saved_another_reads_and_goes_on_from(domain: Domain, url: str) -> None:
    one, other = ShortTrackerStore(domain, host=url), ShortTrackerStore(domain, host=url)
    asyncio.run(one.save(tracker_after(3, domain)))
    tracker = asyncio.run(other.retrieve("patient"))
    assert tracker is not None
    tracker.update(SlotSet("episode", {"facts": {"headache": True}, "tries": 1}))
    asyncio.run(other.save(tracker))
    again = asyncio.run(one.retrieve("patient"))
    assert again is not None and again.get_slot("episode") == {"facts": {"headache": True}, "tries": 1}


def test_nobody_is_known_before_the_first_message(domain: Domain, url: str) -> None:
    assert asyncio.run(ShortTrackerStore(domain, host=url).retrieve("nobody")) is None
