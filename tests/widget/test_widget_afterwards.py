"""After the answer: what to tell whoever helps, a call from the clinic, to be asked again."""

import re
from datetime import datetime, timedelta, timezone

from playwright.sync_api import expect

from tests.widget.chat import Chat
from tests.widget.contract_server import Script, now
from tests.widget.test_widget_access import violations


def test_each_card_has_what_fits_its_level(chat: Chat) -> None:
    chat.open()
    fitting = {
        "yesterday": ("self_care", ["Ask the clinic to call me", "Ask me again later"]),
        "bruise": ("contact_clinic", ["What to tell them", "Ask the clinic to call me", "Ask me again later"]),
        "red": ("urgent", ["What to tell them", "Ask the clinic to call me"]),
        "chest": ("emergency", ["What to tell them", "Ask the clinic to call me"]),
    }
    for message, (level, names) in fitting.items():
        chat.say(message)
        buttons = chat.card(level).locator(".tools").get_by_role("button")
        expect(buttons).to_have_text([*names, "Print", "Save"])


def test_what_to_tell_them_can_be_read_copied_printed_and_saved(chat: Chat) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.page.emulate_media(reduced_motion="reduce")
    chat.open().say("red")
    opener = chat.button("What to tell them")
    opener.click()
    place = chat.card("urgent").get_by_role("group", name="What to tell them")
    expect(place.get_by_role("listitem")).to_have_text(["Treatment: dry needling", "Now: a headache"])
    expect(opener).to_have_attribute("aria-expanded", "true")
    assert violations(chat.page) == []
    place.get_by_role("button", name="Copy").click()
    expect(chat.page.locator("[aria-live=polite]")).to_contain_text("Copied.")
    assert "Now: a headache" in chat.page.evaluate("navigator.clipboard.readText()")
    with chat.page.expect_download() as download:
        place.get_by_role("button", name="Save").click()
    assert "Treatment: dry needling" in download.value.path().read_text()
    chat.page.evaluate("HTMLIFrameElement.prototype.remove = () => {}")
    place.get_by_role("button", name="Print").click()
    expect(chat.page.frames[-1].locator("body")).to_contain_text("Now: a headache")
    opener.click()
    expect(place).to_have_count(0)


def test_to_be_asked_again_is_planned_and_taken_back(chat: Chat, script: Script) -> None:
    chat.page.emulate_media(reduced_motion="reduce")
    chat.open().say("yesterday")
    chat.button("Ask me again later").click()
    chat.page.get_by_label("E-mail, if you want").fill("ada@example.org")
    assert violations(chat.page) == []
    chat.button("In the morning: Tuesday, about 09:00").click()
    expect(chat.newest()).to_contain_text("Good. I will ask you again.")
    assert script.check_ins == [{"when": "morning", "email": "ada@example.org"}]
    chat.button("Ask me again later").click()
    expect(chat.card("self_care")).to_contain_text("I will ask you again:")
    chat.button("Do not ask me again").click()
    expect(chat.card("self_care")).not_to_contain_text("I will ask you again:")
    assert script.planned_at is None


def test_a_question_that_came_while_the_page_was_closed_is_counted(chat: Chat, script: Script) -> None:
    chat.open().say("yesterday")
    (conversation,) = script.conversations.values()
    asked = {"id": "again", "kind": "question", "text": "How is it now?", "input": "choice", "options": []}
    list(conversation.messages.values())[-1]["replies"].append(asked)
    script.waiting = 1
    chat.page.reload()
    expect(chat.launcher).to_have_accessible_name("Questions after your session? 1 new")
    chat.launcher.click()
    expect(chat.newest()).to_contain_text("How is it now?")


def test_a_call_is_asked_for_and_what_the_clinic_says_to_it_is_shown(chat: Chat, script: Script) -> None:
    chat.page.emulate_media(reduced_motion="reduce")
    chat.open().say("red")
    chat.button("Ask the clinic to call me").click()
    assert violations(chat.page) == []
    chat.page.get_by_label("Phone number").fill("503 555 0100")
    chat.button("Ask for a call").click()
    expect(chat.card("urgent")).to_contain_text("The clinic has your number: 503 555 0100.")
    assert script.contacts[0]["phone"] == "503 555 0100"
    script.push("call_back", {"at": now()})
    before = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
    script.push("clinic_seen", {"kind": "call_back", "at": now(), "call_by": before})
    expect(chat.card("urgent").locator(".receipt")).to_have_text(
        re.compile(r"call-back asked for .+ · seen by the clinic .+ · will call before .+")
    )


def test_what_was_not_meant_is_said_in_the_chat_so_that_the_assistant_asks_again(chat: Chat, script: Script) -> None:
    chat.open().say("hello")
    chat.page.get_by_role("button", name="Options for: Thank you.").click()
    chat.button("That’s not what I meant").click()
    expect(chat.patient.last).to_have_text("That’s not what I meant")
    chat.delivered()
    assert script.feedback[0]["misunderstood"] is True and script.posts[-1]["text"] == "That’s not what I meant"
