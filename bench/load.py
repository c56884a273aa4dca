"""Patients talking: one after another, several at once, and a crowd that takes its time."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from threading import Lock

from bench.servers import Server, Talk
from bot.problem import Problem

AROUND = 2


@dataclass(frozen=True)
class Crowd:
    """Seconds of each answered message, and what went wrong with the others."""

    times: list[float]
    errors: list[str]


def side_by_side(servers: Sequence[Server], turns: Sequence[str]) -> dict[str, list[float]]:
    """Hold one conversation with each server, turn by turn in alternation; return the seconds of each turn."""
    talks = {server.name: server.conversation() for server in servers}
    seconds: dict[str, list[float]] = {server.name: [] for server in servers}
    for text in turns:
        for name, talk in talks.items():
            seconds[name].append(talk.say(text))
    return seconds


def throughput(server: Server, turns: Sequence[str], patients: int) -> float:
    """Return answered messages a second when so many patients type without a pause."""
    talks = [server.conversation() for _ in range(patients)]
    began = time.perf_counter()
    with ThreadPoolExecutor(patients) as pool:
        for done in [pool.submit(_whole, talk, turns) for talk in talks]:
            done.result()
    return patients * len(turns) / (time.perf_counter() - began)


def _whole(talk: Talk, turns: Sequence[str]) -> None:
    for text in turns:
        talk.say(text)


def crowd(server: Server, turns: Sequence[str], patients: int, every: float, seconds: float) -> Crowd:
    """Let so many patients send one message each `every` seconds, and say how long they waited."""
    times, errors, lock, chance = list[float](), list[str](), Lock(), Random(7)
    end = time.monotonic() + seconds

    def patient(first: float) -> None:
        talk, due = server.conversation(), time.monotonic() + first
        for text in cycle(turns):
            time.sleep(max(0.0, due - time.monotonic()))
            if time.monotonic() >= end:
                return
            try:
                took = talk.say(text)
            except Problem as problem:
                with lock:
                    errors.append(str(problem))
            else:
                with lock:
                    times.append(took)
            due += every

    with ThreadPoolExecutor(patients) as pool:
        for done in [pool.submit(patient, chance.random() * every) for _ in range(patients)]:
            done.result()
    return Crowd(times, errors)


def by_turn(seconds: Sequence[float], turns: Sequence[int]) -> dict[int, float]:
    """Return the middle time of the turns around each turn number, counted from 1."""
    found = {}
    for turn in turns:
        near = sorted(seconds[max(0, turn - 1 - AROUND) : turn + AROUND])
        found[turn] = near[len(near) // 2]
    return found


def repeated(turns: Sequence[str], count: int) -> list[str]:
    """Return so many turns, beginning again after the last."""
    return list(islice(cycle(turns), count))
