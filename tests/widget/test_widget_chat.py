"""What a patient does with the chat: answering in every way, reading cards, saying what was wrong with a reply."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.widget.chat import Chat, host_page, visit
from tests.widget.contract_server import Script, now


def test_opens_with_the_greeting_and_says_what_it_is(chat: Chat) -> None:
    expect(chat.launcher).to_have_attribute("aria-expanded", "false")
    chat.open()
    expect(chat.log).to_contain_text("kept for the clinic for 90 days")
    expect(chat.panel).to_contain_text("Automated assistant, not a person")


def test_a_safety_check_keeps_its_chosen_and_other_options(chat: Chat, script: Script) -> None:
    chat.open().say("sore")
    chat.page.get_by_label("Fever or shivers, pus, or redness that spreads").check()
    chat.page.get_by_label("New trouble breathing, chest pain or tightness").check()
    chat.button("Send answer").click()
    expect(chat.patient.last).to_have_text(
        "New trouble breathing, chest pain or tightness, Fever or shivers, pus, or redness that spreads"
    )
    chat.delivered()
    assert script.posts[-1]["values"] == ["chest", "fever"]
    fever = chat.page.get_by_label("Fever or shivers, pus, or redness that spreads")
    expect(fever).to_be_checked()
    expect(fever).to_have_attribute("aria-disabled", "true")
    fever.click(force=True)
    expect(fever).to_be_checked()


def test_none_of_these_excludes_the_others(chat: Chat) -> None:
    chat.open().say("sore")
    chat.page.get_by_label("Swelling of the face").check()
    chat.page.get_by_label("None of these").check()
    expect(chat.page.get_by_label("Swelling of the face")).not_to_be_checked()
    chat.page.get_by_label("Swelling of the face").check()
    expect(chat.page.get_by_label("None of these")).not_to_be_checked()


def test_nothing_is_sent_without_a_choice(chat: Chat, script: Script) -> None:
    chat.open().say("sore")
    chat.button("Send answer").click()
    expect(chat.page.locator("[aria-live=assertive]")).to_contain_text("Choose at least one answer first")
    assert len(script.posts) == 1


def test_a_quick_reply_is_answered_once_and_stays(chat: Chat, script: Script) -> None:
    chat.open().say("when")
    chosen = chat.button("Yesterday")
    chosen.click()
    expect(chat.card("self_care")).to_be_visible()
    expect(chosen).to_have_attribute("aria-pressed", "true")
    expect(chosen).to_have_attribute("aria-disabled", "true")
    chat.button("Today").click(force=True)
    assert [post.get("values") for post in script.posts] == [None, ["yesterday"]]


def test_a_question_can_be_answered_by_typing(chat: Chat, script: Script) -> None:
    chat.open().say("when")
    chat.say("yesterday")
    chat.delivered()
    assert script.posts[-1]["text"] == "yesterday"
    expect(chat.button("Yesterday")).to_have_attribute("aria-pressed", "true")


def test_why_a_question_is_asked(chat: Chat) -> None:
    chat.open().say("when")
    chat.page.get_by_text("Why I ask").click()
    expect(chat.log).to_contain_text("After that it is not.")


def test_scale(chat: Chat, script: Script) -> None:
    chat.open().say("scale")
    chat.button("7").click()
    expect(chat.patient.last).to_have_text("7")
    chat.delivered()
    assert script.posts[-1]["text"] == "7"


def test_date_and_time_have_the_month_in_letters(chat: Chat, script: Script) -> None:
    chat.open().say("date")
    chat.button("Send answer").click()
    expect(chat.page.locator("[aria-live=assertive]")).to_contain_text("Choose the date first")
    chat.page.get_by_label("Date").fill("2026-06-05")
    chat.page.get_by_label("Time (about)").fill("14:30")
    chat.button("Send answer").click()
    expect(chat.patient.last).to_have_text("5 June 2026 at 14:30")
    chat.delivered()
    assert script.posts[-1]["text"] == "5 June 2026 at 14:30"


def test_body_areas_by_name_with_a_side(chat: Chat, script: Script) -> None:
    chat.open().say("area")
    chat.page.get_by_label("Neck").check()
    chat.page.get_by_label("Calf").check()
    chat.page.get_by_label("Left", exact=True).check()
    chat.button("Send answer").click()
    expect(chat.patient.last).to_have_text("Neck, Calf, left side")
    chat.delivered()
    assert script.posts[-1]["text"] == "Neck, Calf, left side"


def test_body_areas_without_a_side_travel_as_values(chat: Chat, script: Script) -> None:
    chat.open().say("area")
    chat.page.get_by_label("Upper back").check()
    chat.button("Send answer").click()
    expect(chat.patient.last).to_have_text("Upper back")
    chat.delivered()
    assert script.posts[-1]["values"] == ["upper_back"]


def test_contact_details_go_to_their_own_place(chat: Chat, script: Script) -> None:
    chat.open().say("contact")
    chat.button("Ask for a call").click()
    expect(chat.page.locator("[aria-live=assertive]")).to_contain_text("Please give a phone number")
    chat.page.get_by_label("Your name").fill("Ana")
    chat.page.get_by_label("Phone number").fill("503 555 0100")
    chat.page.get_by_label("Best time to call").fill("after 5")
    chat.button("Ask for a call").click()
    expect(chat.newest()).to_contain_text("The clinic has your number: 503 555 0100.")
    assert script.contacts == [{"name": "Ana", "phone": "503 555 0100", "best_time": "after 5"}]
    assert len(script.posts) == 1


def test_contact_that_cannot_be_taken_says_so(chat: Chat, script: Script) -> None:
    script.no_feedback = True
    chat.open().say("contact")
    chat.page.get_by_label("Phone number").fill("503 555 0100")
    chat.button("Ask for a call").click()
    expect(chat.page.locator("[aria-live=assertive]")).to_contain_text("Please call the clinic")


@pytest.mark.parametrize(
    ("message", "level", "words"),
    [
        ("yesterday", "self_care", "Care at home"),
        ("bruise", "contact_clinic", "Contact your clinic · next working day"),
        ("red", "urgent", "Urgent · today"),
        ("chest", "emergency", "Emergency"),
        ("crisis", "crisis", "You are not alone"),
    ],
)
def test_levels_differ_by_words_icon_and_border(chat: Chat, message: str, level: str, words: str) -> None:
    chat.open().say(message)
    card = chat.card(level)
    expect(card.locator(".level")).to_have_text(words)
    expect(card.locator(".level svg")).to_be_visible()
    borders = {
        "self_care": "dotted",
        "contact_clinic": "dashed",
        "urgent": "solid",
        "emergency": "double",
        "crisis": "solid",
    }
    assert card.evaluate("card => getComputedStyle(card).borderTopStyle") == borders[level]


def test_an_emergency_has_its_number_in_the_first_line(chat: Chat) -> None:
    chat.open().say("chest")
    call = chat.card("emergency").locator(".first a")
    expect(call).to_have_attribute("href", "tel:911")
    assert len(chat.card("emergency").inner_text().split("Call 911")[0].split()) <= 40


def test_a_crisis_card_has_nothing_else_on_it(chat: Chat) -> None:
    chat.open().say("crisis")
    chat.page.wait_for_timeout(300)
    expect(chat.newest().get_by_role("button")).to_have_count(0)


def test_a_card_says_why_what_to_do_and_when_to_get_help(chat: Chat) -> None:
    chat.open().say("yesterday")
    for heading in ("Why", "What to do", "What to avoid", "What to expect", "Get help if"):
        expect(chat.card("self_care").get_by_role("heading", name=heading, exact=True)).to_be_visible()
    chat.card("self_care").get_by_text("Where this comes from").click()
    expect(chat.card("self_care")).to_contain_text("Dry Needling Side Effects, 1. Muscle Soreness")


def test_what_is_added_to_the_documents_is_marked(chat: Chat) -> None:
    chat.open().say("red")
    chat.card("urgent").get_by_text("Where this comes from").click()
    expect(chat.card("urgent").locator(".added")).to_have_text("added for safety")


def test_the_clinics_events_are_told_once_at_their_card(chat: Chat, script: Script) -> None:
    chat.open().say("red")
    script.push("sent_to_clinic", {"kind": "result", "at": now()})
    expect(chat.card("urgent")).to_contain_text("Sent to the clinic")
    script.push("clinic_seen", {"kind": "result", "at": now()})
    expect(chat.card("urgent").locator(".receipt")).to_have_text(
        re.compile(r"Sent to the clinic .+ · seen by the clinic .+")
    )
    chat.page.reload()
    chat.open()
    expect(chat.card("urgent").locator(".receipt")).to_have_text(
        re.compile(r"Sent to the clinic .+ · seen by the clinic .+")
    )


def test_a_card_can_be_saved(chat: Chat) -> None:
    chat.open().say("yesterday")
    with chat.page.expect_download() as download:
        chat.button("Save").click()
    text = download.value.path().read_text()
    assert "Care at home" in text and "- Drink water through the day." in text


def test_a_card_can_be_printed_alone(chat: Chat) -> None:
    chat.open().say("yesterday")
    chat.page.evaluate("HTMLIFrameElement.prototype.remove = () => {}")
    chat.button("Print").click()
    frame = chat.page.frames[-1]
    expect(frame.locator("h1")).to_contain_text("usual soreness")
    expect(frame.locator("body")).to_contain_text("Drink water")


def test_was_this_helpful_with_a_word(chat: Chat, script: Script) -> None:
    chat.open().say("yesterday")
    chat.button("No").click()
    chat.page.get_by_label("In a few words").fill("too long")
    chat.newest().get_by_role("button", name="Send", exact=True).click()
    expect(chat.page.get_by_label("In a few words")).to_have_count(0)
    expect(chat.newest()).to_contain_text("Thank you.")
    assert [given.get("word") for given in script.feedback] == [None, "too long"]
    assert script.feedback[0]["helpful"] is False


def test_feedback_disappears_where_the_server_takes_none(chat: Chat, script: Script) -> None:
    script.no_feedback = True
    chat.open().say("yesterday")
    chat.button("Yes").click()
    expect(chat.newest().locator(".feedback")).to_be_hidden()


def test_download_start_over_and_delete(chat: Chat, script: Script) -> None:
    chat.open().say("yesterday")
    chat.button("Chat options").click()
    with chat.page.expect_download() as download:
        chat.button("Download my chat").click()
    assert "You said: yesterday" in download.value.path().read_text()
    chat.button("Chat options").click()
    chat.button("Start over").click()
    chat.button("Cancel").click()
    assert len(script.posts) == 1
    chat.button("Chat options").click()
    chat.button("Start over").click()
    chat.button("Yes, go on").click()
    expect(chat.patient.last).to_have_text("Start over")
    chat.delivered()
    chat.button("Chat options").click()
    chat.button("Delete my chat").click()
    chat.button("Yes, go on").click()
    expect(chat.log).to_contain_text("This chat has ended")
    assert script.conversations == {}
    assert chat.page.evaluate("localStorage.length") == 0
    chat.button("Start a new chat").click()
    expect(chat.log).to_contain_text("How do you feel since your session?")


def test_unread_messages_are_counted_while_closed(chat: Chat, script: Script) -> None:
    chat.open().say("hello")
    chat.button("Close the chat").click()
    script.push("reply", {"id": "check-in-1", "kind": "text", "text": "How are you today?"})
    expect(chat.launcher).to_have_accessible_name("Questions after your session? 1 new")
    chat.launcher.click()
    expect(chat.log).to_contain_text("How are you today?")
    expect(chat.page.locator("aftercare-chat .badge")).to_be_hidden()


def test_inline_mode_has_no_launcher_and_shows_the_pages_numbers(page: Page, server: str) -> None:
    chat = visit(page, host_page(server, 'mode="inline"'))
    expect(chat.log).to_contain_text("How do you feel since your session?")
    expect(chat.launcher).to_have_count(0)
    expect(chat.panel.get_by_role("link", name="Emergency: 911")).to_be_visible()
    chat.say("hello")


def test_the_server_tells_the_clinics_name_and_numbers(page: Page, server: str, script: Script) -> None:
    script.clinic = {
        "name": "Willow Lane",
        "logo": None,
        "calls": [{"label": "Call 999", "tel": "999"}],
        "red_flags": ["Blue lips"],
    }
    chat = visit(page, host_page(server)).open()
    expect(chat.panel.get_by_role("heading", name="Willow Lane")).to_be_visible()
    expect(chat.panel.get_by_role("link", name="Call 999")).to_have_attribute("href", "tel:999")
    chat.page.get_by_text("Danger signs").click()
    expect(chat.panel).to_contain_text("Blue lips")


def test_another_language_and_direction(page: Page, server: str) -> None:
    chat = visit(page, host_page(server, 'lang="ar"'))
    chat.launcher.click()
    expect(chat.entries.first).to_be_visible()
    assert page.locator("aftercare-chat .root").get_attribute("dir") == "rtl"
    assert page.locator("aftercare-chat textarea").get_attribute("placeholder") != "Write how you feel…"


def test_an_unknown_language_stays_english(page: Page, server: str) -> None:
    chat = visit(page, host_page(server, 'lang="xx"'))
    chat.open()
    expect(chat.input).to_be_visible()


def test_text_on_a_clinics_accent_colour_is_readable(page: Page, server: str) -> None:
    chat = visit(page, host_page(server, 'style="--aftercare-accent: #ffd54f"'))
    expect(chat.launcher).to_have_css("color", "rgb(16, 25, 27)")
