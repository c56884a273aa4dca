"""Three-valued conditions over facts, written as one line of plain words.

A condition is not asked "are you true?" but "can you be shown?", because a fact may be unknown in two ways: not
asked yet, or asked and unsure. What counts as known is the `World` in which the condition is looked at.
"""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from typing import Protocol as Interface

from bot.triage.finding import UNSURE

Interval = tuple[float, float]
Comparison = Callable[[float, float], bool]
COMPARISONS: dict[type[ast.cmpop], Comparison] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}
OPPOSITE: dict[Comparison, Comparison] = {
    operator.gt: operator.le,
    operator.ge: operator.lt,
    operator.lt: operator.ge,
    operator.le: operator.gt,
}


class ConditionError(ValueError):
    """A condition that cannot be read; the message says what is wrong with it."""


@dataclass(frozen=True)
class World:
    """What counts as known while a condition is looked at.

    facts: fact id to value (see bot.triage.finding); absent = not asked yet.
    now: the moment from which times are counted, with a time zone.
    pending: facts that a question could still settle.
    assume_pending: whether pending facts count as "could be either" (to see what is still possible).
    assume_unsure: facts whose "unsure" counts as "could be either"; None means every fact.
    """

    facts: Mapping[str, Any]
    now: datetime
    pending: frozenset[str] = frozenset()
    assume_pending: bool = False
    assume_unsure: frozenset[str] | None = frozenset()

    def may_be_either(self, fact: str) -> bool:
        """Whether an unknown fact counts both ways here."""
        if self.assume_pending and fact in self.pending:
            return True
        unsure = self.facts.get(fact) == UNSURE
        return unsure and (self.assume_unsure is None or fact in self.assume_unsure)

    def interval(self, fact: str) -> Interval | None:
        """Return the numbers a fact may be (hours ago for times), or None when nothing is known."""
        value = self.facts.get(fact)
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            return None
        if isinstance(value[0], str):
            return hours_ago(value[1], self.now), hours_ago(value[0], self.now)
        return float(value[0]), float(value[1])


def hours_ago(moment: str, now: datetime) -> float:
    """Return how many hours before `now` the ISO time `moment` lies, never less than 0."""
    return max(0.0, (now - datetime.fromisoformat(moment)).total_seconds() / 3600)


class Condition(Interface):
    """Anything that can be shown true or false in a world, and names its facts."""

    def shows(self, wanted: bool, world: World) -> bool: ...

    def facts(self) -> Iterator[str]: ...


@dataclass(frozen=True)
class Flag:
    """A yes/no fact."""

    fact: str

    def shows(self, wanted: bool, world: World) -> bool:
        value = world.facts.get(self.fact)
        return value is wanted if isinstance(value, bool) else world.may_be_either(self.fact)

    def facts(self) -> Iterator[str]:
        yield self.fact


@dataclass(frozen=True)
class Among:
    """A choice that is one of the values, or a set that shares one with them."""

    fact: str
    values: frozenset[str]

    def shows(self, wanted: bool, world: World) -> bool:
        value = world.facts.get(self.fact)
        if value is None or value == UNSURE:
            return world.may_be_either(self.fact)
        said = {value} if isinstance(value, str) else set(value)
        return bool(said & self.values) is wanted

    def facts(self) -> Iterator[str]:
        yield self.fact


@dataclass(frozen=True)
class Compare:
    """A number, or the hours since a time, against a threshold.

    An interval that straddles the threshold shows neither side while a question could still settle it. When
    none can, both sides count as shown, so that the more urgent rule wins (protocol D0.16, the safe reading).
    """

    fact: str
    compare: Comparison
    threshold: float

    def shows(self, wanted: bool, world: World) -> bool:
        interval = world.interval(self.fact)
        if interval is None:
            return world.may_be_either(self.fact)
        compare = self.compare if wanted else OPPOSITE[self.compare]
        ends = [compare(end, self.threshold) for end in interval]
        if ends[0] is ends[1]:
            return ends[0]
        return world.assume_pending or self.fact not in world.pending

    def facts(self) -> Iterator[str]:
        yield self.fact


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    part: Condition

    def shows(self, wanted: bool, world: World) -> bool:
        return self.part.shows(not wanted, world)

    def facts(self) -> Iterator[str]:
        yield from self.part.facts()


@dataclass(frozen=True)
class Unless:
    """Holds as long as the exception is not known: what nobody has asked yet does not stop the rule."""

    exception: Condition

    def shows(self, wanted: bool, world: World) -> bool:
        if wanted:
            # A range that only partly fits the exception does not show it, so the rule holds.
            return not self.exception.shows(True, World(world.facts, world.now, frozenset(self.facts())))
        return self.exception.shows(True, world)

    def facts(self) -> Iterator[str]:
        yield from self.exception.facts()


@dataclass(frozen=True)
class Several:
    """Conditions joined by "and" (every one must hold) or "or" (one is enough)."""

    parts: tuple[Condition, ...]
    every: bool

    def shows(self, wanted: bool, world: World) -> bool:
        quantify = all if self.every is wanted else any
        return quantify(part.shows(wanted, world) for part in self.parts)

    def facts(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.facts()


def comparisons(condition: Condition) -> Iterator[Compare]:
    """Yield every comparison of a number or time within a condition."""
    if isinstance(condition, Compare):
        yield condition
    parts = condition.parts if isinstance(condition, Several) else ()
    inner = [condition.part] if isinstance(condition, Not) else []
    inner += [condition.exception] if isinstance(condition, Unless) else []
    for part in (*parts, *inner):
        yield from comparisons(part)


@dataclass(frozen=True)
class Vocabulary:
    """The words a condition may use.

    facts: fact id to (kind, allowed values); kinds are flag, choice, set, number and time.
    thresholds: named numbers of clinic.yml.
    groups: named groups of areas.
    """

    facts: Mapping[str, tuple[str, tuple[str, ...]]]
    thresholds: Mapping[str, float]
    groups: Mapping[str, frozenset[str]]


def parse(text: str, vocabulary: Vocabulary) -> Condition:
    """Read a condition such as `headache and headache.hours > headache_hours and not fever`.

    Raises ConditionError naming the word that is unknown or the construction that is not allowed.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ConditionError(f"cannot be read near column {error.offset}: {text!r}") from None
    return _Reader(vocabulary, text).read(tree.body)


class _Reader:
    """Turns Python's syntax tree of an expression into conditions, allowing only what conditions need."""

    def __init__(self, vocabulary: Vocabulary, text: str) -> None:
        self.vocabulary = vocabulary
        self.text = text

    def read(self, node: ast.expr) -> Condition:
        if isinstance(node, ast.BoolOp):
            return Several(tuple(map(self.read, node.values)), isinstance(node.op, ast.And))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return Not(self.read(node.operand))
        if isinstance(node, (ast.Name, ast.Attribute)):
            return Flag(self.fact(node, "flag"))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self.comparison(node.left, node.ops[0], node.comparators[0])
        raise self.error(f"{ast.unparse(node)!r} is not allowed; use and, or, not, ( ), in, ==, <, <=, >, >=")

    def comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Condition:
        if type(op) in COMPARISONS:
            return Compare(self.fact(left, "number", "time"), COMPARISONS[type(op)], self.number(right))
        fact = self.fact(left, "choice", "set")
        if isinstance(op, (ast.Eq, ast.In)):
            return Among(fact, self.values(fact, right))
        if isinstance(op, (ast.NotEq, ast.NotIn)):
            return Not(Among(fact, self.values(fact, right)))
        raise self.error(f"{ast.unparse(left)}: this comparison is not allowed")

    def fact(self, node: ast.expr, *kinds: str) -> str:
        name = ast.unparse(node)
        if name not in self.vocabulary.facts:
            raise self.error(f"unknown fact {name!r}")
        kind = self.vocabulary.facts[name][0]
        if kind not in kinds:
            raise self.error(f"{name!r} is a {kind}, here a {' or '.join(kinds)} is needed")
        return name

    def number(self, node: ast.expr) -> float:
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return float(node.value)
        name = ast.unparse(node)
        if name in self.vocabulary.thresholds:
            return float(self.vocabulary.thresholds[name])
        raise self.error(f"unknown threshold {name!r}; thresholds are named in clinic.yml")

    def values(self, fact: str, node: ast.expr) -> frozenset[str]:
        parts = node.elts if isinstance(node, (ast.List, ast.Tuple, ast.Set)) else [node]
        names = frozenset[str]().union(*(self.value(fact, ast.unparse(part)) for part in parts))
        return names

    def value(self, fact: str, name: str) -> frozenset[str]:
        if name in self.vocabulary.facts[fact][1]:
            return frozenset({name})
        if name in self.vocabulary.groups:
            return self.vocabulary.groups[name]
        raise self.error(f"{fact!r} has no value {name!r}")

    def error(self, reason: str) -> ConditionError:
        return ConditionError(f"{reason} in {self.text!r}")
