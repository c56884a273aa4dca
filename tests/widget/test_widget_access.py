"""WCAG 2.2 AA: axe in every state, the keyboard alone, what a screen reader is told, the size of targets."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page, expect

from tests.widget.chat import Chat, host_page, visit
from tests.widget.contract_server import Script

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
QUESTIONS = ["sore", "scale", "date", "area", "contact"]
CARDS = ["yesterday", "bruise", "red", "chest", "crisis"]
VIEWS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 800}},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}},
    "narrow": {"viewport": {"width": 320, "height": 640}},
    "zoomed": {"viewport": {"width": 320, "height": 256}},
}
# Axe measures half-transparent colours while an entry appears, so nothing moves here.
STILL = {"reduced_motion": "reduce"}


def violations(page: Page) -> list[str]:
    """What axe finds, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(options)", RULES)["violations"]
    return [f"{one['id']}: {one['help']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def shown(page: Page, server: str, state: str, attributes: str = "") -> Chat:
    """Bring the chat into a state."""
    chat = visit(page, host_page(server, f'patience="1" {attributes}'))
    expect(chat.launcher).to_be_visible()
    if state == "closed":
        return chat
    chat.launcher.click()
    expect(chat.entries.first).to_be_visible()
    if state != "greeting":
        say(chat, state)
    return chat


def say(chat: Chat, state: str) -> None:
    """Send a word and wait for its answer, in whatever language the widget speaks."""
    before = chat.entries.count()
    chat.page.locator("aftercare-chat textarea").fill(state)
    chat.page.keyboard.press("Enter")
    expect(chat.entries).to_have_count(before + 2)
    chat.page.wait_for_timeout(150)


@pytest.mark.parametrize("view", VIEWS)
def test_no_violations_in_any_state(new_context: Callable[..., BrowserContext], server: str, view: str) -> None:
    # A narrower view of the same states adds only layout, so the longest of them are enough there.
    asked, told = (QUESTIONS, CARDS) if view in ("light", "dark") else (["area"], ["red"])
    chat = shown(new_context(**VIEWS[view], **STILL).new_page(), server, "closed")
    wrong = {"closed": violations(chat.page)}
    chat.open()
    for state in asked:
        say(chat, state)
        wrong[state] = violations(chat.page)
    for state in told:
        say(chat, state)
    expect(chat.button("Print").last).to_be_visible()
    wrong["cards"] = violations(chat.page)
    assert {state: found for state, found in wrong.items() if found} == {}


@pytest.mark.parametrize("attributes", ['lang="ar"', 'lang="es" theme="dark"', 'mode="inline"'])
def test_no_violations_in_other_languages_and_inline(
    new_context: Callable[..., BrowserContext], server: str, attributes: str
) -> None:
    chat = visit(new_context(**STILL).new_page(), host_page(server, attributes))
    if "inline" not in attributes:
        chat.launcher.click()
    expect(chat.entries.first).to_be_visible()
    say(chat, "red")
    say(chat, "sore")
    assert violations(chat.page) == []


@pytest.mark.parametrize("failure", ["empty", "silent", 413])
def test_no_violations_when_something_failed(chat: Chat, script: Script, failure: str | int) -> None:
    chat.page.emulate_media(reduced_motion="reduce")
    chat.open()
    script.failures.append(failure)
    chat.write("hello")
    expect(
        chat.page.locator("aftercare-chat").get_by_text("not accepted" if failure == 413 else "Bleeding that").last
    ).to_be_visible()
    assert violations(chat.page) == []


def test_no_violations_with_menu_confirmation_and_settled_answers(chat: Chat) -> None:
    chat.page.emulate_media(reduced_motion="reduce")
    chat.open().say("sore")
    chat.page.get_by_label("None of these").check()
    chat.button("Send answer").click()
    chat.button("Yesterday").click()
    expect(chat.card("self_care")).to_be_visible()
    chat.button("Chat options").click()
    assert violations(chat.page) == []
    chat.button("Delete my chat").click()
    assert violations(chat.page) == []


def test_no_violations_on_the_demo_page(page: Page, server: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(server)
    expect(page.locator("aftercare-chat .launcher")).to_be_visible()
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []


def focused(page: Page) -> str:
    """Name or text of what has the focus, inside the widget too."""
    return str(
        page.evaluate(
            """() => {
              const one = document.activeElement.shadowRoot?.activeElement ?? document.activeElement;
              return one.getAttribute('aria-label') ?? (one.labels?.[0]?.textContent || one.textContent).trim();
            }"""
        )
    )


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(page).startswith(name):
            return
    raise AssertionError(f"the keyboard never reaches {name!r}")


def test_a_whole_conversation_with_the_keyboard_alone(chat: Chat) -> None:
    page = chat.page
    tab_to(page, "Questions after your session?")
    page.keyboard.press("Enter")
    expect(chat.entries.first).to_be_visible()
    assert focused(page) == "Your message"
    page.keyboard.type("sore")
    page.keyboard.press("Enter")
    expect(chat.button("Send answer")).to_be_visible()
    tab_back_to(page, "None of these")
    page.keyboard.press("Space")
    tab_to(page, "Send answer")
    page.keyboard.press("Enter")
    expect(chat.button("Yesterday")).to_be_visible()
    tab_to(page, "Yesterday")
    page.keyboard.press("Enter")
    expect(chat.card("self_care")).to_be_visible()
    assert focused(page) == "Yesterday"
    tab_to(page, "Where this comes from")
    tab_back_to(page, "Chat options")
    page.keyboard.press("Enter")
    expect(chat.button("Download my chat")).to_be_focused()
    page.keyboard.press("Escape")
    expect(chat.button("Chat options")).to_be_focused()
    page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()


def tab_back_to(page: Page, name: str) -> None:
    """Press Shift and Tab until something has the focus."""
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if focused(page).startswith(name):
            return
    raise AssertionError(f"the keyboard never reaches {name!r}")


def test_a_message_never_takes_the_focus(chat: Chat, script: Script) -> None:
    chat.open().say("hello")
    chat.page.get_by_text("Danger signs").focus()
    script.push("reply", {"id": "p1", "kind": "text", "text": "Pushed."})
    expect(chat.log).to_contain_text("Pushed.")
    expect(chat.page.get_by_text("Danger signs")).to_be_focused()


def test_each_reply_is_said_once_and_cleared(chat: Chat) -> None:
    chat.open().listen().say("when")
    said = [text for text in chat.spoken("polite") if "When was your session" in text]
    assert len(said) == 1
    assert "Yesterday" in said[0]
    expect(chat.page.locator("aftercare-chat [aria-live=polite] > *")).to_have_count(0)
    expect(chat.log).to_have_attribute("aria-live", "off")


def test_a_choice_is_announced(chat: Chat) -> None:
    chat.open().listen().say("when")
    chat.button("Yesterday").click()
    assert "You chose Yesterday" in chat.spoken("polite")


def test_an_emergency_interrupts_and_says_the_number(chat: Chat) -> None:
    chat.open().listen().say("chest")
    assert "Call 911" in chat.spoken("assertive")[-1]
    chat.say("yesterday")
    assert len(chat.spoken("assertive")) == 1


def test_a_reload_reads_nothing_aloud_again(chat: Chat) -> None:
    chat.open().say("chest")
    chat.page.reload()
    expect(chat.launcher).to_be_visible()
    chat.listen().open()
    chat.page.wait_for_timeout(300)
    assert chat.spoken("assertive") == []


def test_no_message_is_read_without_its_speaker(chat: Chat) -> None:
    chat.open().say("hello")
    expect(chat.entries.nth(2)).to_contain_text("You said: hello")
    expect(chat.entries.nth(3)).to_contain_text("Assistant: Thank you.")


def test_targets_are_large_enough(chat: Chat) -> None:
    chat.open().say("area")
    chat.say("yesterday")
    small = chat.page.evaluate(
        """() => {
          const root = document.querySelector('aftercare-chat').shadowRoot;
          const small = [];
          for (const one of root.querySelectorAll('button, a, summary, label, textarea')) {
            const { width, height } = one.getBoundingClientRect();
            const shown = width && !one.matches('.hidden');
            if (shown && (width < 24 || height < 24)) small.push(`${one.textContent} ${width}x${height}`);
          }
          return small;
        }"""
    )
    assert small == []


@pytest.mark.parametrize("view", ["narrow", "zoomed"])
def test_nothing_is_cut_off_sideways(new_context: Callable[..., BrowserContext], server: str, view: str) -> None:
    chat = shown(new_context(**VIEWS[view]).new_page(), server, "greeting")
    for state in ("sore", "scale", "red", "contact"):
        say(chat, state)
        wide = chat.panel.evaluate("panel => panel.scrollWidth - panel.clientWidth")
        assert wide <= 0, state


def test_the_input_can_be_reached_in_a_short_window(new_context: Callable[..., BrowserContext], server: str) -> None:
    chat = shown(new_context(**VIEWS["zoomed"]).new_page(), server, "red")
    chat.input.scroll_into_view_if_needed()
    expect(chat.input).to_be_in_viewport()


def test_reduced_motion_is_respected(new_context: Callable[..., BrowserContext], server: str) -> None:
    chat = shown(new_context(**STILL).new_page(), server, "greeting")
    assert chat.entries.first.evaluate("entry => getComputedStyle(entry).animationName") == "none"
