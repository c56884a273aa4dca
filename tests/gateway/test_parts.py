"""Small parts on their own."""

import asyncio
import ipaddress
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.late import LISTEN_FIRST_S, Late
from bot.gateway.limits import Buckets, Rate, network_of
from bot.gateway.locks import Locks
from bot.gateway.problems import ApiProblem
from bot.gateway.rasa import RasaFailed, read_answer
from bot.gateway.screen import make_screen, nothing_seen
from bot.gateway.settings import Settings, from_environment
from bot.gateway.text import checked, clean
from bot.gateway.words import words_of
from bot.problem import Problem
from bot.triage.protocol import Protocol
from tests.gateway.conftest import EMERGENCY_WORDS, understand

WORDS = {"too_long": "long", "unreadable": "binary", "empty": "empty"}


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(max_size=300))
def test_a_text_is_cleaned_or_refused_and_never_empty(text: str) -> None:
    try:
        assert checked(text, WORDS) == clean(text) != ""
    except ApiProblem as problem:
        assert problem.status == 400


@pytest.mark.parametrize("text", ["नमस्ते क्\u200dष", "👨‍👩‍👧", "line\nline", "مرحبا", "e\u0301"])
def test_words_of_every_script_stay_whole(text: str) -> None:
    assert clean(text) == text


def test_a_bucket_refills_with_time() -> None:
    now = [0.0]
    buckets = Buckets(Rate(burst=2, per_second=0.5), lambda: now[0])
    assert [buckets.wait_for("a") for _ in range(3)] == [0.0, 0.0, 2.0]
    assert buckets.wait_for("b") == 0.0
    now[0] = 2.0
    assert [buckets.wait_for("a") for _ in range(2)] == [0.0, 2.0]


def test_buckets_do_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.gateway.limits.MOST_BUCKETS", 10)
    buckets = Buckets(Rate(burst=1, per_second=1))
    for key in range(100):
        buckets.wait_for(str(key))
    assert len(buckets._levels) == 10


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8::1:2:3:4", "2001:db8:0:0::/64"), ("fe80::1%eth0", "fe80::/64"), ("x", "x")],
)
def test_an_ipv6_household_is_one(address: str, network: str) -> None:
    found = network_of(address)
    assert found == (str(ipaddress.ip_network(network)) if "/" in network else network)


def test_locks_leave_nothing_behind() -> None:
    async def use() -> None:
        locks = Locks()
        order: list[int] = []

        async def one(number: int) -> None:
            async with locks.of("c"):
                order.append(number)
                await asyncio.sleep(0)

        await asyncio.gather(*(one(number) for number in range(5)))
        assert order == [0, 1, 2, 3, 4] and not locks._locks and not locks._wanted

    asyncio.run(use())


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"message_id": "m", "replies": []}', b"\xff"])
def test_an_answer_of_another_shape_is_a_failure(body: bytes) -> None:
    with pytest.raises(RasaFailed) as failure:
        read_answer(body, "m")
    assert failure.value.kind == "garbled"


def test_the_screen_sees_an_emergency_and_brings_its_card(protocol: Protocol) -> None:
    screen, now = make_screen(understand, protocol), datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
    seen = screen(f"since noon {EMERGENCY_WORDS}", now)
    assert seen.emergency and seen.card is not None and seen.card["result"]["level"] == "emergency"
    assert (seen.assessment["rank"], seen.findings[0]["finding"]) == (5, "breathless")
    assert not screen("hello", now).emergency and not nothing_seen().emergency


def test_the_words_are_the_protocols(protocol: Protocol) -> None:
    words = words_of(protocol)
    spoken = [reply["text"] for reply in words.greet() + words.safety_card()]
    assert not any("{" in text for text in spoken) and len({reply["id"] for reply in words.greet()}) == len(
        words.greeting
    )


def test_settings_come_from_the_environment_and_options_count_more(tmp_path: Path) -> None:
    environment = {"AFTERCARE_RASA_URL": "http://x:1", "AFTERCARE_HOST_PAGES": "https://a https://b"}
    found = from_environment({**environment, "AFTERCARE_DATA_DIR": "/elsewhere"}, data_dir=tmp_path, port=9)
    assert (found.rasa_url, found.host_pages, found.data_dir, found.port) == (
        "http://x:1", ("https://a", "https://b"), tmp_path, 9,
    )  # fmt: skip


def test_limits_stay_on_where_others_can_reach() -> None:
    with pytest.raises(Problem, match="127.0.0.1"):
        Settings(host="0.0.0.0", limits=False)


def test_what_loads_late_leaves_the_server_time_to_listen_first() -> None:
    begun: list[str] = []

    async def start() -> tuple[list[str], str | None]:
        late = Late(lambda: begun.append("loaded") or "words")
        late.start()
        await asyncio.sleep(LISTEN_FIRST_S / 2)
        return list(begun), await late.wait(10)

    assert asyncio.run(start()) == ([], "words")


def test_what_loads_late_loads_one_after_another() -> None:
    done: list[str] = []

    def long() -> None:
        time.sleep(0.3)
        done.append("asked for first")

    async def start() -> None:
        first, second = Late(long), Late(lambda: done.append("asked for second"))
        first.start()
        second.start()
        await second.wait(10)

    asyncio.run(start())
    assert done == ["asked for first", "asked for second"]
