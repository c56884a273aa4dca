"""The widget on the real gateway with its database; Rasa and the understanding of words have stand-ins."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from bot.paths import ROOT
from tests.gateway.standin import StandIn, served
from tests.widget.chat import CLINIC_PAGE, Chat, host_page, visit

START_S = 60


class Gateway:
    """A gateway process that can be killed and started again on the same data and port."""

    def __init__(self, folder: Path, rasa: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.environment = {
            **os.environ,
            "AFTERCARE_RASA_URL": rasa,
            "AFTERCARE_CHANNEL_KEY": "key",
            "AFTERCARE_HOST_PAGES": CLINIC_PAGE.rstrip("/"),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it is ready to answer."""
        command = [sys.executable, "-m", "tests.widget.gateway_process", str(self.port), str(self.folder)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            try:
                if httpx.get(self.url + "/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise AssertionError("the gateway does not get ready")

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with served(StandIn().app) as rasa:
        running = Gateway(tmp_path_factory.mktemp("gateway"), rasa)
        try:
            running.start()
            yield running
        finally:
            running.kill()


def test_the_demo_page_puts_an_example_into_the_chat(page: Page, gateway: Gateway, errors: list[str]) -> None:
    page.goto(gateway.url)
    chat = Chat(page)
    page.get_by_role("button", name="I have a bruise on my calf").click()
    expect(chat.input).to_have_value("I have a bruise on my calf, about the size of a coin.")
    expect(chat.log).to_contain_text("I am a computer program, not a person.")
    expect(chat.panel.get_by_role("heading", name="Willow Lane")).to_be_visible()
    chat.input.press("Enter")
    expect(page.locator("aftercare-chat .patient").last).to_contain_text("Delivered")
    page.reload()
    chat.open()
    expect(chat.patient).to_have_text(["I have a bruise on my calf, about the size of a coin."])
    assert errors == []


def test_an_emergency_has_its_card_and_its_receipt(page: Page, gateway: Gateway) -> None:
    page.goto(gateway.url)
    chat = Chat(page)
    chat.open().say("I had needles in my upper back and now I cannot breathe")
    expect(chat.card("emergency").get_by_role("link").first).to_have_attribute("href", "tel:911")
    expect(chat.card("emergency")).to_contain_text("Sent to the clinic")


def test_a_clinics_own_page_with_a_strict_policy(page: Page, gateway: Gateway, errors: list[str]) -> None:
    policy = f"default-src 'self'; script-src {gateway.url}; connect-src {gateway.url}"
    chat = visit(page, host_page(gateway.url), {"content-security-policy": policy}).open()
    chat.say("hello")
    assert errors == []


def test_a_page_that_is_not_the_clinics_gets_the_numbers_only(page: Page, gateway: Gateway) -> None:
    page.context.route(
        "https://other.test/", lambda route: route.fulfill(body=host_page(gateway.url), content_type="text/html")
    )
    page.goto("https://other.test/")
    chat = Chat(page)
    chat.launcher.click()
    expect(chat.card("safety")).to_contain_text("The chat is not available just now")
    expect(chat.card("safety").get_by_role("link", name="Emergency: 911")).to_be_visible()


def test_feedback_and_deletion_are_taken(page: Page, gateway: Gateway) -> None:
    page.goto(gateway.url)
    chat = Chat(page)
    chat.open().say("hello")
    chat.newest().get_by_role("button", name="Options for").click()
    chat.button("That’s not what I meant").click()
    expect(chat.log).to_contain_text("Please say it in other words.")
    chat.button("Chat options").click()
    chat.button("Delete my chat").click()
    chat.button("Yes, go on").click()
    expect(chat.log).to_contain_text("This chat has ended")


def test_a_killed_gateway_loses_and_doubles_nothing(page: Page, gateway: Gateway) -> None:
    page.goto(gateway.url)
    chat = Chat(page)
    chat.open().say("hello")
    gateway.kill()
    chat.write("are you there")
    expect(page.locator("aftercare-chat .patient").last).to_contain_text("Not sent yet")
    gateway.start()
    expect(page.locator("aftercare-chat .patient").last).to_contain_text("Delivered", timeout=40_000)
    page.reload()
    chat.open()
    expect(chat.patient).to_have_text(["hello", "are you there"])
