"""Conversations that staff corrected: what `tests.yml` of the console says must be understood in them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.nlu.assess import Assessor
from bot.paths import ROOT

FOLDER = ROOT / "tests" / "data" / "corrections"


def misread(case: Mapping[str, Any], assessor: Assessor, now: datetime) -> list[str]:
    """Return what is understood in another way than staff said, one line each."""
    read, expected = assessor(case["turns"], now), case["expect"]
    wrong = []
    if expected.get("intent", read["intent"]["name"]) != read["intent"]["name"]:
        wrong.append(f"{case['id']}: {read['intent']['name']} instead of {expected['intent']}")
    found = {(one["finding"], one["assertion"]) for one in read["findings"]}
    for one in expected.get("findings", ()):
        if (one["finding"], one["assertion"]) not in found:
            wrong.append(f"{case['id']}: {one['finding']} is not {one['assertion']} in “{one['text']}”")
    return wrong
