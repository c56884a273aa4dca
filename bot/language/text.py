"""The message as the pipeline reads it, and the way back to the offsets of what was typed."""

import re
from dataclasses import dataclass

_SAME = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
# Each pattern matches the place between two characters; what stood there becomes the replacement.
_CHANGES = re.compile(
    r"(?P<joined>(?<=[A-Za-z])[-/_](?=[A-Za-z]))"  # light-headed, dizzy/sick
    r"|(?P<sentence>(?<=[A-Za-z]{2})[.](?=[A-Za-z]{2}))"  # "all fine.Then"
    r"|(?P<comma>,(?=\S)(?!\d))"
    # A new sentence without a full stop before it: "on one side She had needles".
    r"|(?P<capital>(?-i:(?<=[a-z0-9%)])) (?=(?-i:My|She|He|It|They|The|This|That|There|We|You|Your|No|Not|Now|Never"
    r"|Just|Been|Had|Did|Is|Was|Can|Could|Should|What|Which|When|One|Only|Otherwise|Anyway|Then|Today|Since|Feel"
    r"|Still|But|Bit|Also|And|Side|Front|Asking|Got|Woke|Started|Please|Thanks|Sorry)\b))"
    r"|(?P<unit>(?<=\d)(?=(?:days?|d|hours?|hrs?|h|mins?|minutes?|weeks?|wks?|months?|am|pm|cm|mm|x)\b))"
    # Short forms that the spelling correction cannot mend, because the tokenizer must split them.
    r"|(?P<cannot>\b(?:cnt|carnt|cannt|cnnot|cnanot|canot|cannit|cna't|cnat|cant'|caint|cannae|can t|ca nt)\b)"
    r"|(?P<havent>\b(?:havnt|hvent|haven t|havent'|haevnt|haventt|havenae)\b)"
    r"|(?P<dont>\b(?:dnt|dinnae|don t|dont'|dotn|dno't)\b)"
    r"|(?P<couldnt>\b(?:coudnt|cudnt|cldnt|culdnt|couldn t|couldnt'|coulnt|couldt|couldnae)\b)"
    r"|(?P<doesnt>\b(?:dosnt|doent|doesn t|doesnt')\b)"
    r"|(?P<didnt>\b(?:dint|didn t|didnt'|ddnt|didt)\b)"
    r"|(?P<wont>\b(?:wnt|wont'|won t|wo nt)\b)"
    r"|(?P<theres>\bteres\b(?! (?:minor|major|muscles?|tendon)\b))"
    r"|(?P<line>\s*\n\s*)"
    r"|(?P<space>[ \t\r\f\v\u00a0]{2,}|[\t\r\f\v\u00a0])",
    re.IGNORECASE,
)
_SHORT = {
    "theres": "there's",
    "cannot": "can't",
    "havent": "haven't",
    "dont": "don't",
    "couldnt": "couldn't",
    "doesnt": "doesn't",
    "didnt": "didn't",
    "wont": "won't",
}
_BECOMES = {
    "joined": " ",
    "sentence": ". ",
    "comma": ", ",
    "capital": ". ",
    "unit": " ",
    "line": "\n",
    "space": " ",
    **_SHORT,
}

_NAME = re.compile(r"(?<=[^.!?:\n\s] )[A-Z][a-z]+")
_NOT = re.compile(r"\bnot (?:for |since |the |my |on |a )?$", re.IGNORECASE)


@dataclass(frozen=True)
class Cleaned:
    """`text` is what is read; `offsets[i]` is where its character i stood in the message."""

    text: str
    offsets: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the message of the stretch start:end of the cleaned text."""
        return self.offsets[start], self.offsets[end - 1] + 1 if end > start else self.offsets[start]


def cleaned(text: str) -> Cleaned:
    """Small letters, one kind of quotation mark and hyphen, single spaces, hyphened words and glued units apart."""
    typed = text.translate(_SAME)
    text = "".join(map(_small, typed))
    pieces: list[str] = []
    offsets: list[int] = []
    last = 0
    for match in _CHANGES.finditer(typed):
        new = _BECOMES[str(match.lastgroup)]
        pieces += (text[last : match.start()], new)
        offsets += [*range(last, match.start()), *[match.start()] * len(new)]
        last = match.end()
    pieces.append(text[last:])
    offsets += range(last, len(text) + 1)
    return Cleaned("".join(pieces), tuple(offsets))


def names_in(text: str) -> set[str]:
    """The words that begin with a capital letter inside a sentence, in small letters."""
    return {name.lower() for name in _NAME.findall(text)}


def follows_not(text: str, start: int) -> bool:
    """Whether what begins there is named only to be denied: "20 hours, not three days", "not my left arm"."""
    return bool(_NOT.search(text[:start]))


def _small(char: str) -> str:
    """The small letter, except where it would be two characters and shift the offsets."""
    small = char.lower()
    return small if len(small) == 1 else char
