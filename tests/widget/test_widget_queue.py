"""Nothing a patient writes is lost or doubled: offline, a broken response, a restart, a reload, two tabs."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.widget.chat import Chat, host_page, visit
from tests.widget.contract_server import Script, serving

KEPT = "JSON.stringify({...localStorage})"


def test_messages_written_offline_are_sent_in_order_when_back(chat: Chat, script: Script) -> None:
    chat.open()
    chat.page.context.set_offline(True)
    chat.write("one")
    chat.write("two")
    expect(chat.page.locator("aftercare-chat .patient").first).to_contain_text("Not sent yet")
    expect(chat.page.locator("aftercare-chat .banner")).to_contain_text("No connection")
    chat.page.context.set_offline(False)
    expect(chat.page.locator("aftercare-chat .patient").last).to_contain_text("Delivered")
    expect(chat.page.locator("aftercare-chat .banner")).to_be_hidden()
    assert [post["text"] for post in script.posts] == ["one", "two"]


def test_a_response_cut_in_half_is_asked_for_again_and_nothing_doubles(chat: Chat, script: Script) -> None:
    chat.open()
    script.failures.append("cut")
    chat.say("hello")
    expect(chat.page.get_by_text("Thank you. Tell me more about it.")).to_have_count(1)
    assert len(script.posts) == 2
    assert script.posts[0]["id"] == script.posts[1]["id"]
    expect(chat.patient).to_have_count(1)


def test_a_restart_of_the_server_loses_nothing(page: Page, script: Script) -> None:
    with serving(script) as address:
        chat = visit(page, host_page(address, 'patience="1"')).open()
        chat.say("hello")
    chat.write("when")
    expect(chat.page.locator("aftercare-chat .patient").last).to_contain_text("Not sent yet")
    with serving(script, int(address.rsplit(":", 1)[1])):
        chat.page.evaluate("dispatchEvent(new Event('online'))")
        expect(chat.button("Yesterday")).to_be_visible(timeout=10_000)
    assert [post["text"] for post in script.posts] == ["hello", "when"]


def test_leaving_with_unsent_messages_is_asked_about(chat: Chat) -> None:
    chat.open()
    chat.page.context.set_offline(True)
    chat.write("one")
    prevented = chat.page.evaluate("!dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    assert prevented


def test_a_reload_in_mid_question_shows_the_same_conversation(chat: Chat, script: Script) -> None:
    chat.open().say("hello")
    chat.say("when")
    before = chat.log.inner_text()
    chat.page.reload()
    chat.open()
    expect(chat.button("Yesterday")).to_be_visible()
    assert chat.log.inner_text() == before
    chat.button("Yesterday").click()
    expect(chat.card("self_care")).to_be_visible()
    chat.page.reload()
    chat.open()
    expect(chat.button("Yesterday")).to_have_attribute("aria-pressed", "true")
    expect(chat.patient).to_have_text(["hello", "when", "Yesterday"])


def test_only_the_token_is_kept_in_the_browser(chat: Chat, script: Script) -> None:
    chat.open().say("private words")
    kept = chat.page.evaluate(KEPT)
    ((name, conversation),) = script.conversations.items()
    assert name in kept and conversation.token in kept
    assert "private words" not in kept
    assert chat.page.evaluate("JSON.stringify({...sessionStorage}) + document.cookie") == "{}"
    assert chat.page.evaluate("indexedDB.databases().then(all => all.length)") == 0


def test_a_shared_computer_keeps_nothing(chat: Chat) -> None:
    chat.open()
    chat.page.get_by_label("This is a shared computer").check()
    assert chat.page.evaluate(KEPT) == "{}"
    chat.say("hello")
    assert chat.page.evaluate(KEPT) == "{}"
    chat.page.reload()
    chat.open()
    expect(chat.patient).to_have_count(0)


def test_two_tabs_show_the_same_and_double_nothing(chat: Chat, script: Script) -> None:
    chat.open().say("hello")
    other = Chat(chat.page.context.new_page())
    other.page.goto(chat.page.url)
    other.open()
    expect(other.patient).to_have_text(["hello"])
    other.say("when")
    expect(chat.patient).to_have_text(["hello", "when"])
    expect(chat.button("Yesterday")).to_be_visible()
    chat.page.bring_to_front()
    chat.button("Yesterday").click()
    expect(other.card("self_care")).to_have_count(1)
    for tab in (chat, other):
        expect(tab.patient).to_have_text(["hello", "when", "Yesterday"])
        expect(tab.card("self_care")).to_have_count(1)
    assert len(script.conversations) == 1
    assert len(script.posts) == 3


def test_two_tabs_opened_at_once_share_one_conversation(page: Page, server: str, script: Script) -> None:
    first = visit(page, host_page(server))
    second = Chat(page.context.new_page())
    second.page.goto(page.url)
    for tab in (first, second):
        expect(tab.launcher).to_be_visible()
    for tab in (first, second):
        tab.page.evaluate("document.querySelector('aftercare-chat').open()")
    expect(first.entries.first).to_be_visible()
    expect(second.entries.first).to_be_visible()
    assert len(script.conversations) == 1


def test_deleting_in_one_tab_ends_the_other(chat: Chat) -> None:
    chat.open().say("hello")
    other = Chat(chat.page.context.new_page())
    other.page.goto(chat.page.url)
    other.open()
    expect(other.patient).to_have_text(["hello"])
    chat.button("Chat options").click()
    chat.button("Delete my chat").click()
    chat.button("Yes, go on").click()
    expect(other.log).to_contain_text("This chat has ended")
    expect(other.patient).to_have_count(0)


def test_another_device_is_followed_by_the_stream(chat: Chat, script: Script) -> None:
    chat.open().say("hello")
    (conversation,) = script.conversations.values()
    reply = {
        "id": "r2",
        "kind": "text",
        "text": "Answer elsewhere.",
        "input": None,
        "options": [],
        "multiple": False,
        "result": None,
    }
    conversation.messages["m2"] = {
        "id": "m2",
        "text": "written elsewhere",
        "values": None,
        "at": None,
        "replies": [reply],
    }
    script.push("reply", {**reply, "message_id": "m2"})
    expect(chat.patient).to_have_text(["hello", "written elsewhere"])
    expect(chat.page.get_by_text("Answer elsewhere.")).to_have_count(1)


def test_the_stream_resumes_after_the_last_event(page: Page, script: Script) -> None:
    with serving(script) as address:
        chat = visit(page, host_page(address)).open()
        chat.say("hello")
        script.push("reply", {"id": "e1", "kind": "text", "text": "First event."})
        expect(chat.log).to_contain_text("First event.")
    script.push("reply", {"id": "e2", "kind": "text", "text": "Second event."})
    with serving(script, int(address.rsplit(":", 1)[1])):
        chat.page.evaluate("dispatchEvent(new Event('online'))")
        expect(chat.log).to_contain_text("Second event.", timeout=10_000)
    assert script.stream_headers[0] is None
    assert script.stream_headers[-1] == "1"
    expect(chat.page.get_by_text("First event.")).to_have_count(1)


def test_a_conversation_that_is_gone_says_so_and_begins_anew(chat: Chat, script: Script) -> None:
    chat.open().say("hello")
    script.conversations.clear()
    chat.write("again")
    expect(chat.log).to_contain_text("This chat has ended")
    chat.button("Start a new chat").click()
    expect(chat.log).to_contain_text("How do you feel since your session?")


def test_an_expired_token_begins_a_new_conversation(chat: Chat, script: Script) -> None:
    chat.open().say("hello")
    script.conversations.clear()
    chat.page.reload()
    chat.open()
    chat.say("hello again")
    assert len(script.conversations) == 1


def test_pages_on_old_http_have_message_ids_too(
    new_context: Callable[..., BrowserContext], server: str, script: Script
) -> None:
    page = new_context().new_page()
    page.add_init_script("delete Crypto.prototype.randomUUID")
    chat = visit(page, host_page(server)).open()
    chat.say("one")
    chat.say("two")
    ids = {post["id"] for post in script.posts}
    assert len(ids) == 2 and all(len(one) == 36 and one[14] == "4" for one in ids)
