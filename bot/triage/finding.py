"""What one message says about one fact."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

PRESENT = "present"
ABSENT = "absent"
POSSIBLE = "possible"
PAST = "past"
HYPOTHETICAL = "hypothetical"
OTHER_PERSON = "other_person"
ASSERTIONS = (PRESENT, ABSENT, POSSIBLE, PAST, HYPOTHETICAL, OTHER_PERSON)

UNSURE = "unsure"
ENTITY = "finding"
Value = bool | str | list[Any]


@dataclass(frozen=True)
class Finding:
    """A fact stated in a message, with the words that state it.

    finding: fact id of protocol/facts.yml ("breathless", "headache.severity").
    assertion: one of ASSERTIONS; only present, absent and possible change what is known.
    text, start, end: the words matched and their character offsets in the message.
    value: True for flags, a string for choices, a list for sets, [low, high] for numbers,
        [earliest, latest] as ISO times for times.
    """

    finding: str
    assertion: str
    text: str
    start: int
    end: int
    value: Any = True

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, entry: dict[str, Any]) -> "Finding":
        """Read what `as_dict` wrote. Unknown keys are refused with a TypeError."""
        return cls(**entry)

    def as_entity(self, extractor: str) -> dict[str, Any]:
        """Return the finding as Rasa's entity: the fact id as value, the rest of the finding beside it."""
        return {
            "entity": ENTITY,
            "value": self.finding,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "assertion": self.assertion,
            "fact_value": self.value,
            "extractor": extractor,
        }


def findings_in(entities: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Return the findings among the entities of a Rasa message, as `as_entity` wrote them."""
    return [_of_entity(entity) for entity in entities if entity.get("entity") == ENTITY]


def _of_entity(entity: Mapping[str, Any]) -> Finding:
    span = (entity.get("text") or "", entity.get("start") or 0, entity.get("end") or 0)
    return Finding(entity["value"], entity["assertion"], *span, entity["fact_value"])
