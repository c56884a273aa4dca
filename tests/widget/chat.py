"""The widget on a clinic's page, as a patient's hands and eyes find it."""

from playwright.sync_api import Locator, Page, expect

CLINIC_PAGE = "https://clinic.test/"
FALLBACK = (
    '<p><a href="tel:911">Emergency: 911</a> <a href="tel:+15035550142">Clinic: 503 555 0142</a></p>'
    "<ul><li>New trouble breathing, or chest pain</li><li>Bleeding that will not stop</li></ul>"
)


class Chat:
    """The widget on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.panel = page.locator("aftercare-chat .panel")
        self.log = page.get_by_role("log")
        self.input = page.get_by_label("Your message")
        self.launcher = page.locator("aftercare-chat .launcher")
        self.entries = page.locator("aftercare-chat .entries > li")
        self.patient = page.locator("aftercare-chat .patient .bubble p")

    def listen(self) -> "Chat":
        """Write down from now on what the live regions say, for `spoken`."""
        self.page.evaluate(
            """() => {
              window.spoken = [];
              const { shadowRoot } = document.querySelector('aftercare-chat');
              for (const kind of ['polite', 'assertive']) {
                new MutationObserver((changes) => {
                  for (const { addedNodes } of changes)
                    for (const node of addedNodes) window.spoken.push([kind, node.textContent]);
                }).observe(shadowRoot.querySelector(`[aria-live=${kind}]`), { childList: true });
              }
            }"""
        )
        return self

    def spoken(self, kind: str) -> list[str]:
        """What the polite or assertive live region has said since `listen`."""
        return [text for region, text in self.page.evaluate("window.spoken") if region == kind]

    def open(self) -> "Chat":
        """Open the launcher and wait for the greeting."""
        self.launcher.click()
        expect(self.entries.first).to_be_visible()
        return self

    def write(self, text: str) -> None:
        """Type a message and send it with Enter."""
        self.input.fill(text)
        self.input.press("Enter")

    def say(self, text: str) -> Locator:
        """Send a message and return the newest answer once it is delivered."""
        self.write(text)
        self.delivered()
        return self.newest()

    def delivered(self) -> None:
        """Wait until the newest message is."""
        expect(self.page.locator("aftercare-chat .patient").last).to_contain_text("Delivered")

    def newest(self) -> Locator:
        """The newest entry of the log."""
        return self.entries.last

    def card(self, level: str) -> Locator:
        """The newest card of a level."""
        return self.page.locator(f"aftercare-chat .card[data-level={level}]").last

    def button(self, name: str) -> Locator:
        """A button by its exact name."""
        return self.page.get_by_role("button", name=name, exact=True)


def host_page(server: str, attributes: str = "", head: str = "", body: str = "") -> str:
    """A clinic's page with the snippet."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Clinic</title>'
        f'<meta name="viewport" content="width=device-width">{head}</head><body><main><h1>Clinic</h1>{body}'
        f'<aftercare-chat server="{server}" {attributes}>{FALLBACK}</aftercare-chat></main>'
        f'<script src="{server}/widget.js" defer></script></body></html>'
    )


def visit(page: Page, html: str, headers: dict[str, str] | None = None) -> Chat:
    """Show a page of the clinic's own site."""
    page.context.route(
        CLINIC_PAGE + "**",
        lambda route: route.fulfill(body=html, headers={"content-type": "text/html", **(headers or {})}),
    )
    page.goto(CLINIC_PAGE)
    return Chat(page)
