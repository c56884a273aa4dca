"""Everything is killed and started again: no conversation and no promise is lost."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import monotonic, sleep

import pytest

from bot.demo.talk import Patient, question, results
from bot.triage.model import Protocol
from tests.product.running import Product

SORE = "dull ache in my thigh since yesterday's dry needling there, 3 out of 10 and getting better"


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    running = Product(tmp_path)
    running.start()
    yield running
    running.stop()


def crash(product: Product) -> None:
    """Kill every process of the product at once, as a power cut does."""
    assert product.process is not None
    os.killpg(os.getpgid(product.process.pid), signal.SIGKILL)
    product.process.wait(10)
    for name in ("bot.gateway", "rasa run", "rasa_sdk"):
        for pid in product.pids(name):
            os.kill(pid, signal.SIGKILL)


def midday_zone() -> str:
    """A time zone where it is about noon, so that no quiet hours are in the way."""
    ahead = 12 - datetime.now(timezone.utc).hour
    return f"Etc/GMT{-ahead:+d}"


def let_time_pass(product: Product) -> None:
    """Make what is planned due, as if the hours had gone by while everything was down."""
    past = (datetime.now(timezone.utc) - timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    with sqlite3.connect(product.data_dir / "aftercare.sqlite3") as records:
        assert records.execute("update check_ins set due_at = ?", [past]).rowcount == 1


def asked_again(patient: Patient, text: str) -> bool:
    end = monotonic() + 60
    while monotonic() < end:
        if text in str(patient.transcript()):
            return True
        sleep(0.5)
    return False


def test_a_crash_of_everything_loses_neither_the_question_nor_the_check_in(
    product: Product, protocol: Protocol
) -> None:
    middle, answered = product.patient(), product.patient(midday_zone())
    assert "safety check" in str(middle.say("I have a small bruise on my thigh since yesterday"))
    replies = answered.say(SORE)
    while not results(replies):
        asked = question(replies)
        assert asked is not None
        replies = answered.tap("none" if asked["multiple"] else asked["options"][0]["value"])
    moments = question(answered.say("can you ask me again tomorrow how I am?"))
    assert moments is not None
    answered.tap(moments["options"][0]["value"])

    crash(product)
    let_time_pass(product)
    product.start()

    replies = middle.tap("none")
    assert "safety check" not in str(replies), "the answer belongs to the question of before the crash"
    assert "bruise" in str(replies)
    told = middle.transcript()["messages"]
    assert [message["text"] for message in told if message.get("text")][0].startswith("I have a small bruise")
    ask = protocol.text("check_in.ask", symptom=protocol.symptoms["soreness"].name)
    assert asked_again(answered, ask)
    assert "emergency" in str(results(answered.say("worse, and I can't catch my breath")))
