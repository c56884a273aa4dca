"""Strict policies, hostile pages and hostile texts: nothing executes, nothing breaks."""

import pytest
from playwright.sync_api import Page, expect

from tests.widget.chat import host_page, visit
from tests.widget.contract_server import Script
from tests.widget.scripted import HOSTILE

UNSET = "<style>* { all: unset !important } button, div, p { display: none !important; color: red !important }</style>"
PATCHED_ARRAY = """
for (const name of ['map', 'filter', 'forEach', 'includes', 'push', 'pop', 'shift', 'slice', 'splice', 'join', 'find',
    'some', 'every', 'indexOf', 'concat', 'reduce', 'flat', 'sort', 'reverse', 'entries', 'keys', 'at']) {
  Array.prototype[name] = function () { throw new Error('patched ' + name) }
}
Array.prototype.toJSON = function () { return 'patched' }
Array.prototype.extra = 'enumerable'
Array.from = () => { throw new Error('patched from') }
"""


def policy(server: str) -> str:
    """A clinic's policy that allows its own things, and the assistant's server for scripts and requests."""
    return f"default-src 'self'; script-src {server}; connect-src {server}"


def test_a_strict_policy_needs_no_inline_script_or_style(page: Page, server: str, errors: list[str]) -> None:
    chat = visit(page, host_page(server), {"content-security-policy": policy(server)}).open()
    for message in ("sore", "scale", "area", "date", "red"):
        chat.say(message)
    expect(chat.card("urgent").locator(".level")).to_have_css("font-weight", "700")
    chat.button("Chat options").click()
    chat.button("Delete my chat").click()
    chat.button("Cancel").click()
    with page.expect_download():
        chat.card("urgent").get_by_role("button", name="Save").click()
    assert errors == []


def test_trusted_types_are_no_obstacle(page: Page, server: str, errors: list[str]) -> None:
    strict = policy(server) + "; require-trusted-types-for 'script'; trusted-types 'none'"
    visit(page, host_page(server), {"content-security-policy": strict}).open().say("yesterday")
    assert errors == []


def test_the_pages_css_cannot_break_the_chat(page: Page, server: str) -> None:
    chat = visit(page, host_page(server, head=UNSET))
    page.evaluate(
        "customElements.whenDefined('aftercare-chat').then(() => document.querySelector('aftercare-chat').open())"
    )
    expect(chat.entries.first).to_be_visible()
    chat.say("red")
    card = chat.card("urgent")
    expect(card.locator(".level")).to_be_visible()
    assert card.locator("h3").evaluate("one => getComputedStyle(one).color") != "rgb(255, 0, 0)"
    box = chat.panel.bounding_box()
    assert box is not None and box["width"] > 300 and box["height"] > 300


def test_the_chat_cannot_break_the_page(page: Page, server: str) -> None:
    look = "JSON.stringify([...document.querySelectorAll('h1, .probe')].map(one => ({...getComputedStyle(one)})))"
    body = '<p class="probe bubble card root">Text of the page</p>'
    plain_page = host_page(server, body=body).replace("/widget.js", "/nothing.js")
    visit(page, plain_page)
    before = page.evaluate(look)
    page.context.unroute_all()
    visit(page, host_page(server, body=body)).open()
    assert page.evaluate(look) == before
    assert page.evaluate("Object.keys(window).filter(name => /aftercare|chat/i.test(name))") == []


def test_a_patched_array_prototype_does_not_matter(page: Page, server: str, script: Script, errors: list[str]) -> None:
    page.add_init_script(PATCHED_ARRAY)
    chat = visit(page, host_page(server)).open()
    chat.say("sore")
    page.get_by_label("Fever or shivers").check()
    chat.button("Send answer").click()
    expect(chat.patient).to_have_count(2)
    for message in ("area", "date", "scale", "contact", "red"):
        chat.say(message)
    with page.expect_download():
        chat.card("urgent").get_by_role("button", name="Save").click()
    assert script.posts[1]["values"] == ["fever"]
    assert errors == []


def test_hostile_texts_stay_text(page: Page, server: str, script: Script, errors: list[str]) -> None:
    script.clinic = {
        "name": HOSTILE,
        "logo": "javascript:alert(1)",
        "calls": [{"label": HOSTILE, "tel": "javascript:alert(1)"}],
        "red_flags": [HOSTILE],
    }
    chat = visit(page, host_page(server)).open()
    chat.say("hostile")
    chat.write(HOSTILE)
    expect(chat.patient.last).to_contain_text("<img src=x")
    page.reload()
    chat.open()
    expect(chat.patient.last).to_contain_text("<script>")
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    banned = "script, [onerror], a[href^=javascript]"
    inside = f"document.querySelector('aftercare-chat').shadowRoot.querySelectorAll('{banned}').length"
    assert page.evaluate(inside) == 0
    assert errors == []


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\u0007"])
def test_characters_that_reorder_text_are_taken_out(page: Page, server: str, script: Script, mark: str) -> None:
    script.answers["hello"] = [{"text": f"Call {mark}911 now"}]
    chat = visit(page, host_page(server)).open()
    newest = chat.say("hello")
    expect(newest.locator(".bubble p")).to_have_text("Call 911 now", use_inner_text=False)
    assert mark not in newest.inner_text()
    expect(newest.locator(".bubble p")).to_have_attribute("dir", "auto")


def test_a_host_inside_a_transformed_and_clipped_box_still_opens(page: Page, server: str) -> None:
    html = host_page(server).replace("<main>", '<main style="overflow: hidden; height: 90px">')
    chat = visit(page, html).open()
    expect(chat.input).to_be_in_viewport()
