"""The main job in a real browser against the running product: told at home what to do, or sent for help."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from bot.paths import ROOT
from tests.console.by_hand import log_in
from tests.product.running import PASSWORD, STAFF, Product
from tests.widget.chat import Chat

HEADACHE = "I've had a dull headache since yesterday's dry needling on my neck"
CHEST = "sharp pain in my chest when I breathe in, they needled my upper back"
JUST_SORE = "no chest pain, no trouble breathing, just sore"
SHOTS = ROOT / "var" / "screenshots"
CARD = "aftercare-chat .card"


@pytest.fixture
def chat(page: Page, product: Product) -> Chat:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(product.url)
    return Chat(page).open()


def answer_quietly(chat: Chat) -> int:
    """Answer questions with the calmest option until a card is shown; return how many were asked."""
    page, asked = chat.page, 0
    said = page.locator("aftercare-chat .patient")
    for _ in range(10):
        expect(said).to_have_count(asked + 1)
        expect(said.last).to_contain_text("Delivered", timeout=20_000)
        if page.locator(CARD).count():
            return asked
        asked += 1
        question = chat.entries.last
        none = question.get_by_text("None of these", exact=True)
        if none.count():
            none.click()
            question.get_by_role("button", name="Send answer").click()
        else:
            question.locator("button.option").first.click()
    raise AssertionError("no card after ten questions")


def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", animations="disabled")


def test_a_headache_leads_through_few_questions_to_advice_with_sources_and_a_time(chat: Chat) -> None:
    chat.write(HEADACHE)
    asked = answer_quietly(chat)
    card = chat.page.locator(CARD).last
    assert asked <= 1 + 5
    expect(card).to_have_attribute("data-level", "self_care")
    expect(card).to_contain_text("usual until")
    shot(chat.page, "headache")
    card.locator("details.sources summary").click()
    expect(card).to_contain_text("6. Headaches")


def test_pain_on_breathing_is_an_emergency_in_one_turn(chat: Chat) -> None:
    chat.say(CHEST)
    card = chat.card("emergency")
    expect(card).to_be_visible()
    number = card.locator("a[href='tel:911']").first
    expect(number).to_be_visible()
    assert card.inner_text().index("911") < 120, "the number is not in the first line"
    expect(chat.page.locator("aftercare-chat .entries button.option")).to_have_count(0)
    shot(chat.page, "emergency")


def test_the_same_words_as_the_answer_to_a_question_are_an_emergency_too(chat: Chat) -> None:
    chat.say("I have a bruise on my thigh")
    expect(chat.entries.last).to_contain_text("safety check")
    chat.say(CHEST)
    expect(chat.card("emergency")).to_be_visible()
    expect(chat.page.locator(CARD)).to_have_count(1)


def test_denying_danger_signs_is_no_emergency(chat: Chat) -> None:
    chat.say(JUST_SORE)
    expect(chat.page.locator(f"{CARD}[data-level=emergency]")).to_have_count(0)
    answer_quietly(chat)
    expect(chat.page.locator(CARD).last).to_have_attribute("data-level", "self_care")


def test_the_emergency_number_is_there_before_anything_is_written(page: Page, product: Product) -> None:
    page.goto(product.url)
    expect(page.locator("a[href='tel:911']").first).to_be_visible()


def test_without_script_the_page_still_has_the_numbers(browser: Browser, product: Product) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(product.url)
    expect(page.locator("aftercare-chat a[href='tel:911']")).to_be_visible()
    expect(page.locator("aftercare-chat a[href^='tel:+1']")).to_be_visible()
    page.context.close()


def test_staff_see_the_emergency_on_top(page: Page, product: Product) -> None:
    product.patient().say("I have a small bruise")
    emergency = product.patient()
    emergency.say(CHEST)
    log_in(page, product.url + "/staff", STAFF, PASSWORD)
    expect(page.locator("main [data-level]").first).to_contain_text("Emergency")
    row = page.locator(f"main [data-id='{emergency.id}']")
    expect(row).to_contain_text(CHEST)
    queue = page.locator("main [data-id]").evaluate_all("rows => rows.map(r => [r.dataset.id, r.dataset.level])")
    place = [name for name, _ in queue].index(emergency.id)
    above = {level.strip() for _, level in queue[: place + 1]}
    assert above <= {"Emergency", "Crisis"}, "something less urgent stands above the emergency"
    shot(page, "queue")
    page.goto(f"{product.url}/staff/conversations/{emergency.id}")
    for words in (CHEST, "RF02", "When to Contact Your Acupuncturist or Doctor"):
        expect(page.locator("main").first).to_contain_text(words)
    shot(page, "conversation")


def test_staff_pages_are_closed_to_others(product: Product) -> None:
    answer = httpx.get(product.url + "/staff/", follow_redirects=True)
    assert answer.url.path.endswith("/login") and CHEST not in answer.text


def test_pictures_for_the_readme_are_current() -> None:
    for name in ("widget.png", "console.png"):
        assert Path(ROOT / "docs" / "images" / name).stat().st_size > 10_000
