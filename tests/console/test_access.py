"""Who gets in where: every address of the console with every role, and what forged requests get."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.console import words
from bot.console.guard import HALF, PUBLIC
from bot.console.routes import PAGES
from bot.records import audit, staff
from tests.console import made
from tests.console.conftest import PASSWORD, Browser, Place

PEOPLE = {"viewer": "vera", "clinician": "cleo", "admin": "ada"}
INSIDE = [page for page in PAGES if page.needs not in (PUBLIC, HALF)]


def address(path: str, conversation_id: str) -> str:
    """Fill in the parts of an address that name things."""
    parts = {
        "conversation_id": conversation_id,
        "escalation_id:int": "1",
        "staff_id:int": "1",
        "review_id:int": "1",
        "message_id": "none",
        "chart": "levels",
    }
    for name, value in parts.items():
        path = path.replace("{" + name + "}", value)
    assert "{" not in path, f"the test does not know how to fill in {path}"
    return path


def send(browser: Browser, method: str, path: str) -> Any:
    return browser.get(path) if method == "GET" else browser.post(path)


@pytest.fixture
def furnished(place: Place) -> Place:
    place.conversation = made.emergency(place.database, place.clock.now)  # type: ignore[attr-defined]
    return place


def test_every_address_for_every_role(furnished: Place) -> None:
    """The whole table at once: a page is there for its role and those above it, and for nobody else."""
    wrong = []
    for role, name in PEOPLE.items():
        browser = furnished.as_(name)
        for page in INSIDE:
            answer = send(browser, page.method, address(page.path, furnished.conversation))  # type: ignore[attr-defined]
            allowed = staff.ROLES.index(role) >= staff.ROLES.index(page.needs)
            if (answer.status_code == 403) is allowed:
                wrong.append(f"{role} {page.method} {page.path}: {answer.status_code}")
    assert wrong == []


def test_nobody_gets_in_without_logging_in(furnished: Place) -> None:
    browser = furnished.browser()
    for page in PAGES:
        if page.needs == PUBLIC:
            continue
        answer = send(browser, page.method, address(page.path, furnished.conversation))  # type: ignore[attr-defined]
        assert answer.status_code in (303, 401), page.path
        assert answer.status_code == 401 or "/staff/login" in answer.headers["location"], page.path


def test_a_form_without_its_token_changes_nothing(furnished: Place) -> None:
    browser = furnished.as_("ada")
    posts = [page for page in PAGES if page.method == "POST"]
    for page in posts:
        path = "/staff" + address(page.path, furnished.conversation)  # type: ignore[attr-defined]
        for token in ({}, {"csrf": ""}, {"csrf": "made-up"}):
            assert browser.client.post(path, data=token).status_code == 403, page.path


def test_another_persons_token_is_refused(furnished: Place) -> None:
    cleo, carl = furnished.as_("cleo"), furnished.as_("carl")
    path = f"/conversations/{furnished.conversation}/note"  # type: ignore[attr-defined]
    cleo.csrf = carl.csrf
    assert cleo.post(path, {"text": "hello"}).status_code == 403


def test_a_form_from_another_website_is_refused_even_with_its_token(furnished: Place) -> None:
    browser = furnished.as_("cleo")
    path = f"/conversations/{furnished.conversation}/note"  # type: ignore[attr-defined]
    answer = browser.post(path, {"text": "hello"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_an_oversized_form_is_refused(furnished: Place) -> None:
    browser = furnished.as_("cleo")
    path = f"/conversations/{furnished.conversation}/note"  # type: ignore[attr-defined]
    assert browser.post(path, {"text": "x" * 70_000}).status_code == 413


def test_logging_in_changes_the_session_and_ends_the_old_one(place: Place) -> None:
    """Session fixation: whatever a browser held before it logged in is worth nothing afterwards."""
    browser = place.as_("cleo")
    planted = browser.client.cookies["aftercare_staff"]
    browser.client.cookies.set("aftercare_login", "t" * 32, domain="clinic.example", path="/staff")
    browser.client.post("/staff/login", data={"csrf": browser.csrf, "name": "carl", "password": PASSWORD})
    assert browser.client.cookies["aftercare_staff"] != planted
    with place.database.read() as connection:
        assert staff.session(connection, planted, place.clock.now, timedelta(hours=1)) is None


def test_a_made_up_session_is_not_taken_over(place: Place) -> None:
    browser = place.browser()
    browser.client.cookies.set("aftercare_staff", "i-chose-this", domain="clinic.example", path="/staff")
    assert browser.log_in("cleo").status_code == 303
    assert "i-chose-this" not in [cookie.value for cookie in browser.client.cookies.jar]


def test_logging_out_ends_the_session_in_the_records(place: Place) -> None:
    browser = place.as_("cleo")
    held = browser.client.cookies["aftercare_staff"]
    browser.post("/logout")
    browser.client.cookies.set("aftercare_staff", held, domain="clinic.example", path="/staff")
    assert browser.get("/").status_code == 303


def test_a_session_idles_out_and_looking_for_news_does_not_keep_it(place: Place) -> None:
    browser = place.as_("cleo")
    for _ in range(3):
        place.clock.pass_by(minutes=9)
        answer = browser.get("/live")
    assert answer.status_code == 401


def test_a_click_keeps_a_session_until_its_lifetime_ends(place: Place) -> None:
    browser = place.as_("cleo")
    for _ in range(36):
        place.clock.pass_by(minutes=19)
        assert browser.get("/").status_code == 200
    for _ in range(3):
        place.clock.pass_by(minutes=19)
        answer = browser.get("/")
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/staff/../../evil",
        "/staff//\\evil",
        "javascript:alert(1)",
        "/elsewhere",
        "/staff/\r\nSet-Cookie: a=b",
    ],
)
def test_logging_in_leads_nowhere_else(place: Place, wanted: str) -> None:
    assert place.browser().log_in("cleo", next=wanted).headers["location"] == "/staff/"


def test_logging_in_leads_to_the_page_that_was_asked_for(furnished: Place) -> None:
    path = f"/staff/conversations/{furnished.conversation}"  # type: ignore[attr-defined]
    browser = furnished.browser()
    assert browser.get(path.removeprefix("/staff")).headers["location"].endswith(path.replace("/", "%2F"))
    assert browser.log_in("cleo", next=path).headers["location"] == path


def test_a_link_in_a_mail_is_asked_for_again_from_here(furnished: Place) -> None:
    """The strict cookie does not come along from another site; the second request, from this one, has it."""
    answer = furnished.browser().get("/escalations/1", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert 'content="0; url=/staff/escalations/1"' in answer.text


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(place: Place) -> None:
    browser = place.browser()
    cookie = browser.log_in("cleo").headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", "secure", "path=/staff"))


def test_every_answer_carries_the_security_headers(place: Place) -> None:
    browser = place.as_("cleo")
    for path in ("/", "/login", "/nowhere", "/static/console.css"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY", path
    assert browser.get("/").headers["cache-control"] == "no-store"


def test_the_menu_leads_where_each_role_may_go(place: Place) -> None:
    assert {path for path, _, _ in words.MENU} <= {page.path for page in INSIDE}
    for name, hidden in (("vera", {"/people", "/audit"}), ("ada", set())):
        browser = place.as_(name)
        html = browser.get("/").text
        for path, label, _ in words.MENU:
            there = f'href="/staff{path}"' in html and f">{label}</a>" in html
            assert there is (path not in hidden), (name, path)
            if there:
                assert browser.get(path).status_code == 200


@pytest.fixture
def strict_place(make_place: Callable[..., Place]) -> Place:
    return make_place(tries=3, first_wait=timedelta(seconds=30), longest_wait=timedelta(minutes=2))


def test_wrong_passwords_make_an_account_wait_longer_and_longer(strict_place: Place) -> None:
    browser, clock = strict_place.browser(), strict_place.clock
    for _ in range(3):
        assert browser.log_in("cleo", "wrong").status_code == 401
    assert browser.log_in("cleo").status_code == 401, "the right password does not open a waiting account"
    clock.pass_by(seconds=31)
    assert browser.log_in("cleo", "wrong").status_code == 401
    clock.pass_by(seconds=31)
    assert browser.log_in("cleo").status_code == 401, "the second wait is twice as long"
    clock.pass_by(seconds=30)
    assert browser.log_in("cleo").status_code == 303


def test_unknown_names_and_wrong_passwords_read_the_same(place: Place) -> None:
    browser = place.browser()
    unknown, wrong = browser.log_in("nobody", "x" * 12).text, browser.log_in("cleo", "x" * 12).text
    assert unknown == wrong


def test_a_person_who_left_cannot_log_in_and_is_logged_out(place: Place) -> None:
    browser = place.as_("cleo")
    with place.database.write() as connection:
        staff.change(connection, place.people["cleo"], active=False)
    assert browser.get("/").status_code == 303
    assert place.browser().log_in("cleo").status_code == 401


def test_every_look_and_every_log_in_is_in_the_audit_log(furnished: Place) -> None:
    browser = furnished.as_("vera")
    for page in INSIDE:
        if page.views and staff.ROLES.index(page.needs) == 0:
            browser.get(address(page.path, furnished.conversation))  # type: ignore[attr-defined]
    with furnished.database.read() as connection:
        written = {row["action"] for row in audit.entries(connection, actor="vera")}
    viewer_pages = {page.views for page in INSIDE if page.views and page.needs == staff.VIEWER}
    assert written == viewer_pages | {"log in"}


def test_every_page_that_shows_something_is_audited_or_leads_on() -> None:
    silent = {page.path for page in INSIDE if page.method == "GET" and not page.views}
    news = "/conversations/{conversation_id}/news"
    assert silent <= {"/live", news, "/escalations/{escalation_id:int}", "/account"}
