"""The queue: what comes first, what it says, and how it stays up to date."""

from datetime import timedelta

import pytest

from bot.records import escalations, review
from tests.console import made
from tests.console.conftest import Place


def order(html: str) -> list[str]:
    return [part.split('"')[0] for part in html.split('data-id="')[1:]]


def test_the_most_urgent_comes_first_then_the_longest_waiting(place: Place) -> None:
    ids = made.a_day(place.database, place.seal, place.clock.now)
    shown = order(place.as_("vera").get("/").text)
    assert shown == [ids["disagreement"], ids["emergency"], ids["failed"], ids["call_back"]]


def test_what_somebody_has_taken_comes_after_what_nobody_has(place: Place) -> None:
    ids = made.a_day(place.database, place.seal, place.clock.now)
    with place.database.write() as connection:
        first = escalations.of_conversation(connection, ids["disagreement"])[0]
        escalations.acknowledge(connection, first["id"], place.people["cleo"], place.clock.now)
    html = place.as_("vera").get("/").text
    assert order(html)[-1] == ids["disagreement"]
    assert "Taken by Cleo" in html


def test_rows_say_level_waiting_time_and_deadline(place: Place) -> None:
    made.emergency(place.database, place.clock.now - timedelta(minutes=12))
    html = place.as_("vera").get("/").text
    assert "Emergency" in html and "12 min" in html and "Overdue since " in html


def test_a_deadline_still_ahead_is_not_overdue(place: Place) -> None:
    made.emergency(place.database, place.clock.now - timedelta(minutes=2))
    html = place.as_("vera").get("/").text
    assert "Take by " in html and "Overdue" not in html


def test_only_those_who_may_act_get_a_button(place: Place) -> None:
    made.emergency(place.database, place.clock.now)
    assert "data-acknowledge" not in place.as_("vera").get("/").text
    assert "data-acknowledge" in place.as_("cleo").get("/").text


def test_the_live_list_comes_only_when_something_happened(place: Place) -> None:
    browser = place.as_("vera")
    tag = browser.get("/live").headers["etag"]
    assert browser.get("/live", headers={"If-None-Match": tag}).status_code == 304
    conversation_id = made.emergency(place.database, place.clock.now)
    fresh = browser.get("/live", headers={"If-None-Match": tag})
    assert fresh.status_code == 200 and order(fresh.text) == [conversation_id]


def test_looking_at_pages_is_no_news(place: Place) -> None:
    browser = place.as_("vera")
    tag = browser.get("/live").headers["etag"]
    browser.get("/")
    assert browser.get("/live", headers={"If-None-Match": tag}).status_code == 304


def test_mine_shows_what_is_assigned_to_me(place: Place) -> None:
    mine = made.emergency(place.database, place.clock.now)
    made.emergency(place.database, place.clock.now)
    browser = place.as_("cleo")
    browser.get(f"/conversations/{mine}")
    browser.post(f"/conversations/{mine}/assign", {"before": "", "assignee": str(place.people["cleo"])})
    assert order(browser.get("/?mine=1").text) == [mine]


def test_the_link_of_an_alert_leads_to_the_conversation(place: Place) -> None:
    conversation_id = made.emergency(place.database, place.clock.now)
    answer = place.as_("vera").get("/escalations/1")
    assert answer.headers["location"] == f"/staff/conversations/{conversation_id}"
    assert place.as_("vera").get("/escalations/999").status_code == 404


def test_nobody_being_alerted_is_said_out_loud(make_place) -> None:  # type: ignore[no-untyped-def]
    place = make_place(alerts_ready=False)
    assert "Nobody is alerted outside this page" in place.as_("vera").get("/").text


def test_a_queue_too_long_for_the_page_says_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        made.failed(place.database, place.clock.pass_by(minutes=1))
    urgent = made.emergency(place.database, place.clock.pass_by(minutes=1))
    monkeypatch.setattr(review, "QUEUE_LIMIT", 2)
    monkeypatch.setattr(review.open_escalations, "__defaults__", (2,))
    html = place.as_("vera").get("/").text
    assert order(html)[0] == urgent and len(order(html)) == 2 and "2 more are open" in html
