"""What staff do with the console in a browser, as their hands do it."""

from playwright.sync_api import Page, expect


def log_in(page: Page, url: str, name: str, password: str) -> Page:
    """Open the console at an address, log in, and wait for the queue and its script."""
    page.goto(url)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    expect(page.locator("#live-state")).to_have_text("Updates by itself")
    return page


def call_and_close(page: Page, reason: str) -> None:
    """Write down a call that reached the patient, and close the conversation as sent to care."""
    page.get_by_text("Write down a call").click()
    page.get_by_label("How it ended").select_option("reached")
    page.get_by_role("button", name="Save the call").click()
    page.get_by_text("Close this").click()
    page.get_by_label("Outcome").select_option("sent_to_care")
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Close", exact=True).click()
