"""A conversation's page: everything that was said, understood and decided, and what can be done about it."""

import re
from datetime import timedelta
from html.parser import HTMLParser

from bot.console.transcript import marked
from bot.records import audit, contacts, conversations, escalations, events, remarks, retention
from tests.console import made
from tests.console.conftest import Browser, Place


def text_of(html: str) -> str:
    """The words of a page, without tags, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


class _Active(HTMLParser):
    """Collects whatever could run: scripts without a file, images, event handlers, inline styles."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        inline = tag == "script" and "src" not in names
        if inline or tag in ("img", "iframe") or "style" in names or any(name.startswith("on") for name in names):
            self.found.append(self.get_starttag_text() or tag)


def active_markup(html: str) -> list[str]:
    parser = _Active()
    parser.feed(html)
    return parser.found


def opened(place: Place, conversation_id: str) -> dict[str, object]:
    with place.database.read() as connection:
        return escalations.of_conversation(connection, conversation_id)[0]


def page_of(place: Place, name: str, conversation_id: str) -> Browser:
    browser = place.as_(name)
    browser.get(f"/conversations/{conversation_id}")
    return browser


def test_words_of_a_finding_are_marked_with_their_assertion(place: Place) -> None:
    html = page_of(place, "vera", made.quiet(place.database, place.clock.now)).last.text
    assert '<mark class="present" title="soreness: has it">sore</mark>' in html
    assert '<mark class="absent" title="fever: does not have it">fever</mark>' in html
    assert "report soreness</strong> (62 % sure)" in html


def test_an_answer_shows_rules_sources_facts_and_version(place: Place, protocol) -> None:  # type: ignore[no-untyped-def]
    text = text_of(page_of(place, "vera", made.emergency(place.database, place.clock.now)).last.text)
    rule = protocol.rule("RF01")
    assert "RF01" in text and rule.because in text
    assert f"section “{rule.source[0]['section']}”" in text
    assert "Added " + rule.added["reason"] in text
    assert "Yes pain when you breathe in" in text and "No fever" in text
    assert f"Protocol test – not the one in use now ({protocol.version})" in text


def test_a_rule_that_is_gone_is_said_to_be_gone(place: Place) -> None:
    conversation_id = made.start(place.database, place.clock.now)
    judged = made.assessment("self_care", ["OLD-7"], facts={"no_such_fact": True}, asks=["another_old.one"])
    made.say(place.database, conversation_id, "hello", judged, place.clock.now)
    text = text_of(page_of(place, "vera", conversation_id).last.text)
    assert "OLD-7 This rule is not in the protocol of today any more." in text
    assert "no such fact" in text and "another old: one" in text


def test_the_two_barriers_are_shown_where_they_disagree(place: Place) -> None:
    text = text_of(page_of(place, "vera", made.disagreement(place.database, place.clock.now)).last.text)
    assert "The two safety checks disagreed." in text
    assert "The first check (words) saw: Emergency, now, rules RF01" in text
    assert "The dialogue decided: Self-care, rules SOR-0" in text
    assert "Only the first check found: breathless (has it)" in text


def test_overlapping_findings_share_their_common_piece() -> None:
    first = {"finding": "headache", "assertion": "present", "start": 0, "end": 13}
    second = {"finding": "sudden", "assertion": "absent", "start": 6, "end": 20}
    pieces = [(mark.text, len(mark.findings)) for mark in marked("severe headache now!", [first, second])]
    assert pieces == [("severe", 1), (" headac", 2), ("he now!", 1)]


def test_offsets_outside_the_message_are_left_out() -> None:
    wrong = [{"finding": "x", "assertion": "present", "start": 3, "end": 99}, {"finding": "y", "assertion": "past"}]
    assert [(mark.text, mark.findings) for mark in marked("short", wrong)] == [("short", ())]


def test_what_a_patient_types_is_never_markup(place: Place) -> None:
    """Stored cross-site scripting: through the words, the findings, the feedback, the notes and the contact."""
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
    conversation_id = made.start(place.database, place.clock.now)
    found = {"finding": attack, "assertion": attack, "text": attack, "start": 0, "end": 5, "value": True}
    judged = made.assessment("urgent", [attack], symptoms=[attack], facts={attack: attack}, notes_for_staff=[attack])
    made.say(place.database, conversation_id, attack, judged, place.clock.now, (found,), intent=attack)
    with place.database.write() as connection:
        remarks.add_feedback(connection, conversation_id, attack[:20], place.clock.now, None, attack)
        remarks.add_note(connection, conversation_id, place.people["cleo"], attack, place.clock.now)
        contact = contacts.Contact(attack, attack, attack)
        escalated = contacts.ask_for_call(
            connection, conversation_id, contact, place.seal, place.clock.now, escalations.Deadlines()
        )
    browser = page_of(place, "cleo", conversation_id)
    pages = [browser.last.text, browser.get("/").text, browser.get(f"/conversations/{conversation_id}/print").text]
    pages.append(browser.post(f"/conversations/{conversation_id}/contact").text)
    assert escalated
    for html in pages:
        assert "alert(1)" in html, "the words themselves are shown"
        assert active_markup(html) == []


def test_acknowledging_tells_the_patient_and_is_written_down(place: Place) -> None:
    conversation_id = made.emergency(place.database, place.clock.now)
    browser = page_of(place, "cleo", conversation_id)
    answer = browser.post(f"/conversations/{conversation_id}/escalations/1/acknowledge")
    assert answer.headers["location"].endswith("?said=acknowledged")
    with place.database.read() as connection:
        told = [event["kind"] for event in events.after(connection, conversation_id, 0)]
        entry = audit.entries(connection, "conversation", conversation_id)[0]
    assert told[-1] == events.SEEN
    assert (entry["actor"], entry["action"], entry["details"]) == ("cleo", "acknowledge", {"escalation": 1})


def test_the_patient_is_told_by_when_somebody_calls(place: Place) -> None:
    conversation_id = made.call_back(place.database, place.seal, place.clock.now)
    browser = place.as_("cleo")
    page = browser.get(f"/conversations/{conversation_id}").text
    assert "in 30 minutes" in page
    (escalation_id,) = re.findall(r"escalations/(\d+)/acknowledge", page)
    path = f"/conversations/{conversation_id}/escalations/{escalation_id}/acknowledge"
    assert browser.post(path, {"call_within": "7"}).status_code == 400
    assert browser.post(path, {"call_within": "30"}).status_code == 303
    with place.database.read() as connection:
        (seen,) = [e for e in events.after(connection, conversation_id, 0) if e["kind"] == events.SEEN]
    assert seen["data"]["call_by"] == (place.clock.now + timedelta(minutes=30)).isoformat()


def test_the_second_of_two_is_told_who_was_first(place: Place) -> None:
    conversation_id = made.emergency(place.database, place.clock.now)
    cleo, carl = page_of(place, "cleo", conversation_id), page_of(place, "carl", conversation_id)
    path = f"/conversations/{conversation_id}/escalations/1"
    cleo.post(f"{path}/acknowledge")
    late = carl.post(f"{path}/acknowledge")
    assert late.status_code == 409 and "Acknowledged by Cleo at 10:00, just before you" in late.text
    cleo.post(f"{path}/close", {"outcome": "advised", "reason": "spoke with her"})
    late = carl.post(f"{path}/close", {"outcome": "in_care", "reason": "me too"})
    assert late.status_code == 409 and "Closed by Cleo" in late.text
    assert opened(place, conversation_id)["outcome"] == "advised"


def test_nothing_is_closed_without_outcome_and_reason(place: Place) -> None:
    conversation_id = made.emergency(place.database, place.clock.now)
    browser = page_of(place, "cleo", conversation_id)
    path = f"/conversations/{conversation_id}/escalations/1/close"
    for fields in ({"outcome": "advised"}, {"reason": "x"}, {"outcome": "superseded", "reason": "x"}, {}):
        assert browser.post(path, fields).status_code == 400
    assert browser.post(path, {"outcome": "advised", "reason": "   "}).status_code == 400
    assert opened(place, conversation_id)["closed_at"] is None


def test_an_escalation_is_only_there_under_its_own_conversation(place: Place) -> None:
    """Insecure direct object reference: ids of one conversation do nothing under another."""
    made.emergency(place.database, place.clock.now)
    other = made.quiet(place.database, place.clock.now)
    browser = page_of(place, "cleo", other)
    assert browser.post(f"/conversations/{other}/escalations/1/acknowledge").status_code == 404
    close = {"outcome": "advised", "reason": "x"}
    assert browser.post(f"/conversations/{other}/escalations/1/close", close).status_code == 404
    with place.database.read() as connection:
        assert escalations.find(connection, 1)["acknowledged_at"] is None  # type: ignore[index]


def test_an_unknown_or_erased_conversation_is_not_there(place: Place) -> None:
    conversation_id = made.quiet(place.database, place.clock.now)
    browser = place.as_("ada")
    with place.database.write() as connection:
        retention.erase(connection, conversation_id, place.clock.now)
    for path in (conversation_id, "00000000-0000-0000-0000-000000000000", "%00", "..%2f..%2fetc"):
        assert browser.get(f"/conversations/{path}").status_code == 404
    assert browser.post(f"/conversations/{conversation_id}/note", {"text": "x"}).status_code == 404


def test_contact_details_are_covered_until_someone_is_on_record_for_looking(place: Place) -> None:
    conversation_id = made.call_back(place.database, place.seal, place.clock.now)
    browser = page_of(place, "cleo", conversation_id)
    assert "0199" not in browser.last.text and "Jordan" not in browser.last.text
    shown = browser.post(f"/conversations/{conversation_id}/contact").text
    assert "+1 503 555 0199" in shown and "Jordan Example" in shown
    with place.database.read() as connection:
        actions = [row["action"] for row in audit.entries(connection, "conversation", conversation_id)]
    assert actions[0] == "unmask contact"


def test_a_call_a_note_tags_and_flags_are_kept(place: Place) -> None:
    conversation_id = made.call_back(place.database, place.seal, place.clock.now)
    browser, path = page_of(place, "cleo", conversation_id), f"/conversations/{conversation_id}"
    browser.post(f"{path}/call", {"outcome": "no_answer", "text": "rang twice"})
    browser.post(f"{path}/note", {"text": "husband says she is at work"})
    browser.post(f"{path}/tags", {"before": "", "tags": "Ring again,  ring AGAIN , bruise"})
    browser.post(f"{path}/flag", {"reason": "wording of the bruise question"})
    text = text_of(browser.get(path).text)
    assert "Cleo rang the patient: No answer" in text
    assert "rang twice" in text and "husband says she is at work" in text
    assert "bruise, ring again" in browser.last.text and "wording of the bruise question" in text


def test_tags_and_assignment_do_not_overwrite_what_was_not_seen(place: Place) -> None:
    conversation_id = made.quiet(place.database, place.clock.now)
    path = f"/conversations/{conversation_id}"
    cleo, carl = page_of(place, "cleo", conversation_id), page_of(place, "carl", conversation_id)
    me = str(place.people["cleo"])
    assert cleo.post(f"{path}/assign", {"before": "", "assignee": me}).status_code == 303
    assert carl.post(f"{path}/assign", {"before": "", "assignee": str(place.people["carl"])}).status_code == 409
    assert cleo.post(f"{path}/tags", {"before": "", "tags": "one"}).status_code == 303
    assert carl.post(f"{path}/tags", {"before": "", "tags": "two"}).status_code == 409
    with place.database.read() as connection:
        row = conversations.find(connection, conversation_id)
        tags = [tag["tag"] for tag in remarks.of_conversation(connection, conversation_id)["tags"]]
    assert row is not None and str(row["assignee_id"]) == me and tags == ["one"]


def test_reviewed_is_refused_when_a_new_reason_came_in_between(place: Place) -> None:
    conversation_id = made.disagreement(place.database, place.clock.now)
    path = f"/conversations/{conversation_id}/reviewed"
    browser = page_of(place, "cleo", conversation_id)
    with place.database.write() as connection:
        conversations.flag(connection, conversation_id, "corrected")
    assert browser.post(path, {"seen": "disagreement"}).status_code == 409
    assert browser.post(path, {"seen": "disagreement\ncorrected"}).status_code == 303


def test_a_deed_that_fails_leaves_no_entry(place: Place) -> None:
    conversation_id = made.quiet(place.database, place.clock.now)
    browser = page_of(place, "cleo", conversation_id)
    assert browser.post(f"/conversations/{conversation_id}/note", {"text": " "}).status_code == 400
    assert browser.post(f"/conversations/{conversation_id}/escalations/9/acknowledge").status_code == 404
    with place.database.read() as connection:
        actions = {row["action"] for row in audit.entries(connection, "conversation", conversation_id)}
    assert actions == {"view"}
