"""Whatever fails, the patient sees the clinic's number, the emergency number and the danger signs."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.widget.chat import Chat, host_page, visit
from tests.widget.contract_server import Script, serving

NO_STORAGE = """
for (const name of ['localStorage', 'sessionStorage']) {
  Object.defineProperty(window, name, { get() { throw new DOMException('blocked', 'SecurityError') } })
}"""


def expect_safety_card(chat: Chat, title: str) -> None:
    """A card with both numbers and the danger signs, in the log."""
    card = chat.card("safety")
    expect(card).to_contain_text(title)
    expect(card.get_by_role("link", name="Emergency: 911")).to_have_attribute("href", "tel:911")
    expect(card.get_by_role("link", name="Clinic: 503 555 0142")).to_be_visible()
    expect(card).to_contain_text("Bleeding that will not stop")


def expect_fallback(page: Page) -> None:
    """The page's own text inside the element."""
    expect(page.get_by_role("link", name="Emergency: 911").first).to_be_visible()
    expect(page.get_by_text("Bleeding that will not stop").first).to_be_visible()


def test_numbers_and_signs_are_in_the_first_paint_of_the_panel(chat: Chat) -> None:
    expect_fallback(chat.page)
    chat.launcher.click()
    strip = chat.panel.locator(".safety")
    expect(strip.get_by_role("link", name="Emergency: 911")).to_be_visible()
    strip.get_by_text("Danger signs").click()
    expect(strip).to_contain_text("New trouble breathing, or chest pain")


def test_without_script_the_page_shows_its_fallback(new_context: Callable[..., BrowserContext], server: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    visit(page, host_page(server))
    expect_fallback(page)


@pytest.mark.parametrize("cut", [lambda body: "", lambda body: body[: len(body) // 2]], ids=["missing", "half"])
def test_without_the_whole_script_the_page_shows_its_fallback(
    page: Page, server: str, cut: Callable[[str], str]
) -> None:
    page.route("**/widget.js", lambda route: route.fulfill(response=(sent := route.fetch()), body=cut(sent.text())))
    visit(page, host_page(server))
    page.wait_for_timeout(500)
    expect_fallback(page)
    assert page.evaluate("document.querySelector('aftercare-chat').shadowRoot") is None


def test_a_page_asks_for_one_file_before_the_launcher_can_be_pressed(page: Page, server: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    expect(visit(page, host_page(server)).launcher).to_be_visible()
    assert [path for path in asked if path.endswith((".js", ".css"))] == ["/widget.js"]


def test_with_extras_missing_questions_are_answered_by_typing(page: Page, server: str, script: Script) -> None:
    page.route("**/chat/fields.js", lambda route: route.abort())
    page.route("**/chat/actions.js", lambda route: route.abort())
    chat = visit(page, host_page(server)).open()
    chat.say("scale")
    expect(chat.button("Not sure")).to_be_visible()
    chat.say("7")
    chat.say("chest")
    expect(chat.card("emergency")).to_be_visible()


def test_a_server_that_is_down_gets_a_safety_card_and_the_message_is_sent_when_it_is_back(
    page: Page, script: Script
) -> None:
    with serving(script) as address:
        page_text = host_page(address, 'patience="1"')
        chat = visit(page, page_text)
        expect(chat.launcher).to_be_visible()
    chat.launcher.click()
    expect_safety_card(chat, "The chat is not available just now")
    chat.write("hello")
    expect(chat.page.locator("aftercare-chat .patient").last).to_contain_text("Sending")
    with serving(script, int(address.rsplit(":", 1)[1])):
        expect(chat.log).to_contain_text("Tell me more about it", timeout=15_000)
        expect(chat.card("safety")).to_have_count(0)
    assert [post["text"] for post in script.posts] == ["hello"]


@pytest.mark.parametrize("failure", ["silent", "slow", 503, 500, 429])
def test_a_late_answer_shows_the_safety_card_meanwhile(chat: Chat, script: Script, failure: str | int) -> None:
    chat.open().listen()
    script.failures.extend([failure, failure])
    chat.write("hello")
    expect_safety_card(chat, "I have no answer for you yet")
    assert "Emergency: 911" in chat.spoken("assertive")[-1]
    if failure != "silent":
        expect(chat.log).to_contain_text("Tell me more about it", timeout=20_000)
        expect(chat.card("safety")).to_have_count(0)


def test_an_empty_answer_shows_the_safety_card(chat: Chat, script: Script) -> None:
    chat.open()
    script.failures.append("empty")
    chat.write("hello")
    expect_safety_card(chat, "I could not answer that")
    expect(chat.page.locator("aftercare-chat .patient").last).to_contain_text("Delivered")
    script.push("reply", {"id": "late", "kind": "text", "text": "Here is the answer."})
    expect(chat.log).to_contain_text("Here is the answer.")
    expect(chat.card("safety")).to_have_count(0)


def test_a_refused_message_says_why_and_can_be_changed(chat: Chat, script: Script) -> None:
    chat.open()
    script.failures.append(413)
    chat.write("a very long message")
    expect(chat.page.locator("aftercare-chat .patient").last).to_contain_text("Not accepted: refused with 413")
    chat.button("Edit and send again").click()
    expect(chat.input).to_have_value("a very long message")
    chat.say("short")
    expect(chat.patient).to_have_text(["short"])


def test_blocked_storage_still_chats(page: Page, server: str) -> None:
    page.add_init_script(NO_STORAGE)
    chat = visit(page, host_page(server)).open()
    chat.say("yesterday")
    expect(chat.card("self_care")).to_be_visible()


def test_a_notice_of_the_server_carries_the_numbers(chat: Chat, script: Script) -> None:
    script.answers["hello"] = [{"kind": "notice", "text": "I cannot answer now."}]
    chat.open().say("hello")
    expect(chat.card("safety")).to_contain_text("I cannot answer now.")
    expect(chat.card("safety").get_by_role("link", name="Emergency: 911")).to_be_visible()
