"""Accounts, passwords, the second factor and the audit log."""

import re

import pyotp
import pytest
import sqlalchemy as sa

from bot.console import passwords
from bot.records import audit, staff
from tests.console import made
from tests.console.conftest import PASSWORD, Browser, Place


def switch_on(place: Place, browser: Browser) -> pyotp.TOTP:
    browser.get("/account")
    secret = re.search(r'name="secret" value="(\w+)"', browser.post("/account/factor").text)
    assert secret is not None
    totp = pyotp.TOTP(secret.group(1))
    answer = browser.post("/account/factor/confirm", {"secret": totp.secret, "code": totp.at(place.clock.now)})
    assert answer.status_code == 303
    return totp


def test_a_password_is_kept_as_an_argon2_hash() -> None:
    kept = passwords.hashed("a long enough password")
    assert kept.startswith("$argon2id$")
    assert passwords.matches(kept, "a long enough password") and not passwords.matches(kept, "another password")
    assert not passwords.matches(None, "the password of nobody")
    with pytest.raises(ValueError, match="12"):
        passwords.hashed("short")


def test_an_admin_makes_an_account_that_can_log_in(place: Place) -> None:
    browser = place.as_("ada")
    browser.get("/people")
    fields = {"name": "nora", "display_name": "Nora", "role": "viewer", "password": "nora's long password"}
    assert browser.post("/people", fields).status_code == 303
    assert place.browser().log_in("nora", "nora's long password").status_code == 303
    assert browser.post("/people", fields).status_code == 400, "the name is taken"
    assert browser.post("/people", {**fields, "name": "x", "role": "owner"}).status_code == 400
    assert browser.post("/people", {**fields, "name": "x", "password": "short"}).status_code == 400


def test_changing_an_account_ends_its_sessions(place: Place) -> None:
    cleo, ada = place.as_("cleo"), place.as_("ada")
    ada.get("/people")
    assert ada.post(f"/people/{place.people['cleo']}", {"role": "viewer"}).status_code == 303
    assert cleo.get("/").status_code == 303
    with place.database.read() as connection:
        assert staff.find(connection, place.people["cleo"])["role"] == "viewer"  # type: ignore[index]


def test_nobody_takes_their_own_rights_away(place: Place) -> None:
    ada = place.as_("ada")
    ada.get("/people")
    for fields in ({"role": "viewer"}, {"active": "0"}):
        assert ada.post(f"/people/{place.people['ada']}", fields).status_code == 400
    assert ada.post("/people/999", {"role": "viewer"}).status_code == 404


def test_changing_ones_password_needs_the_old_one_and_ends_every_session(place: Place) -> None:
    here, elsewhere = place.as_("cleo"), place.as_("cleo")
    here.get("/account")
    assert here.post("/account/password", {"old": "wrong", "new": "another long password"}).status_code == 400
    assert here.post("/account/password", {"old": PASSWORD, "new": "another long password"}).status_code == 303
    assert here.get("/").status_code == 303 and elsewhere.get("/").status_code == 303
    assert place.browser().log_in("cleo").status_code == 401
    assert place.browser().log_in("cleo", "another long password").status_code == 303


def test_with_a_second_factor_the_password_alone_opens_nothing(place: Place) -> None:
    totp = switch_on(place, place.as_("cleo"))
    conversation_id = made.quiet(place.database, place.clock.pass_by(minutes=1))
    browser = place.browser()
    browser.get("/login")
    answer = browser.post("/login", {"name": "cleo", "password": PASSWORD})
    assert answer.headers["location"].startswith("/staff/second-factor")
    before = browser.client.cookies["aftercare_staff"]
    for path in ("/", f"/conversations/{conversation_id}", "/search", "/account"):
        assert browser.get(path).headers["location"] == "/staff/second-factor"
    assert browser.get("/live").status_code == 401
    browser.get("/second-factor")
    assert browser.post("/second-factor", {"code": "000000"}).status_code == 401
    assert browser.post("/second-factor", {"code": totp.at(place.clock.now)}).headers["location"] == "/staff/"
    assert browser.get("/").status_code == 200
    assert browser.client.cookies["aftercare_staff"] != before, "the session changes with its rights"


def test_a_code_is_good_once(place: Place) -> None:
    totp = switch_on(place, place.as_("cleo"))
    code = totp.at(place.clock.pass_by(minutes=1))
    answers = []
    for _ in range(2):
        browser = place.browser()
        browser.get("/login")
        browser.post("/login", {"name": "cleo", "password": PASSWORD})
        browser.get("/second-factor")
        answers.append(browser.post("/second-factor", {"code": code}).status_code)
    assert answers == [303, 401]


def test_guessing_codes_makes_the_account_wait(place: Place) -> None:
    totp = switch_on(place, place.as_("cleo"))
    place.clock.pass_by(minutes=1)
    browser = place.browser()
    browser.get("/login")
    browser.post("/login", {"name": "cleo", "password": PASSWORD})
    browser.get("/second-factor")
    for _ in range(5):
        browser.post("/second-factor", {"code": "123456"})
    assert browser.post("/second-factor", {"code": totp.at(place.clock.now)}).status_code == 401


def test_giving_the_password_again_does_not_forget_wrong_codes(place: Place) -> None:
    totp = switch_on(place, place.as_("cleo"))
    place.clock.pass_by(minutes=1)
    for _ in range(5):
        browser = place.browser()
        browser.get("/login")
        assert browser.post("/login", {"name": "cleo", "password": PASSWORD}).status_code == 303
        browser.get("/second-factor")
        assert browser.post("/second-factor", {"code": "123456"}).status_code == 401
    assert browser.post("/second-factor", {"code": totp.at(place.clock.now)}).status_code == 401
    assert place.browser().log_in("cleo").status_code == 401, "the password has to wait as well"
    place.clock.pass_by(minutes=20)
    browser = place.browser()
    browser.log_in("cleo")
    browser.get("/second-factor")
    assert browser.post("/second-factor", {"code": totp.at(place.clock.now)}).status_code == 303


@pytest.mark.parametrize(("path", "field"), [("/account/password", "old"), ("/account/factor/end", "password")])
def test_nobody_guesses_a_password_from_inside(place: Place, path: str, field: str) -> None:
    browser = place.as_("cleo")
    switch_on(place, browser)
    for _ in range(5):
        assert browser.post(path, {field: "wrong", "new": "another long password"}).status_code == 400
    assert browser.post(path, {field: PASSWORD, "new": "another long password"}).status_code == 400
    place.clock.pass_by(minutes=1)
    assert browser.post(path, {field: PASSWORD, "new": "another long password"}).status_code == 303


def test_the_secret_is_sealed_in_the_records(place: Place) -> None:
    totp = switch_on(place, place.as_("cleo"))
    with place.database.read() as connection:
        kept = staff.by_name(connection, "cleo")["totp_secret"]  # type: ignore[index]
    assert totp.secret.encode() not in bytes(kept)
    assert place.seal.open(kept) == totp.secret


def test_switching_it_off_takes_the_password_and_an_admin_can_take_a_lost_one_away(place: Place) -> None:
    browser = place.as_("cleo")
    switch_on(place, browser)
    assert browser.post("/account/factor/end", {"password": "wrong"}).status_code == 400
    assert browser.post("/account/factor/end", {"password": PASSWORD}).status_code == 303
    switch_on(place, browser)
    ada = place.as_("ada")
    ada.get("/people")
    ada.post(f"/people/{place.people['cleo']}", {"forget_factor": "1"})
    assert place.browser().log_in("cleo").headers["location"] == "/staff/"


def test_the_audit_log_shows_who_did_what_and_pages_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.console.pages import people

    monkeypatch.setattr(people, "AUDIT_PAGE", 3)
    conversation_id = made.emergency(place.database, place.clock.now)
    cleo = place.as_("cleo")
    cleo.get(f"/conversations/{conversation_id}")
    cleo.post(f"/conversations/{conversation_id}/escalations/1/acknowledge")
    ada = place.as_("ada")
    about = ada.get(f"/audit?about={conversation_id}").text
    assert "acknowledge" in about and ">cleo<" in about
    first = ada.get("/audit").text
    older = re.search(r"before=(\d+)", first)
    assert older and ada.get(f"/audit?before={older.group(1)}").text != first


def test_the_audit_log_cannot_be_changed_or_shortened(place: Place) -> None:
    place.as_("cleo")
    for statement in ("UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), place.database.write() as connection:
            connection.execute(sa.text(statement))
    with place.database.read() as connection:
        assert audit.entries(connection)[-1]["action"] == "log in"
