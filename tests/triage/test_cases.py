"""Every clinical case of tests/cases, and that the cases cover every rule from both sides."""

from collections import Counter

import pytest

from bot.triage.model import Protocol
from tests.triage.cases import Case, all_cases, run

CASES = all_cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Case, protocol: Protocol) -> None:
    assessment = run(case, protocol)
    expected = case.expect
    assert assessment.level == expected["level"], assessment.rules
    if "within" in expected:
        assert assessment.within == expected["within"], assessment.rules
    assert set(expected.get("rules", ())) <= set(assessment.rules)
    assert not set(case.not_rules) & set(assessment.rules)


def test_every_rule_fires_in_a_case(protocol: Protocol) -> None:
    fired = {rule_id for case in CASES for rule_id in run(case, protocol).rules}
    assert sorted({rule.id for rule in protocol.rules} - fired) == []


def test_every_rule_has_a_near_miss(protocol: Protocol) -> None:
    missed = set()
    for case in CASES:
        names = case.near_miss_of
        for rule_id in [names] if isinstance(names, str) else names:
            assert rule_id not in run(case, protocol).rules, f"{case.name}: {rule_id} fires"
            missed.add(rule_id)
    assert sorted({rule.id for rule in protocol.rules} - missed) == []


def test_there_are_at_least_400_different_cases() -> None:
    assert len(CASES) >= 400
    assert [name for name, count in Counter(case.name for case in CASES).items() if count > 1] == []
