"""How large the chat widget is and how soon a patient can type in it.

    .venv/bin/python bench/widget_load.py                     starts a gateway of its own
    .venv/bin/python bench/widget_load.py --url http://localhost:8000
    .venv/bin/python bench/widget_load.py --json

Size: gzip -9 of each file that the browser fetches until the launcher can be pressed. Time: from the start of the
navigation until the input of an opened panel takes text, in Chromium with a CPU four times slower and a slow 4G
network (1.6 Mbit/s down, 0.75 Mbit/s up, 150 ms round trip), empty cache, median of several runs. It is measured
on a plain page with nothing but the snippet, which the budget is for, and on the demo page, whose own pictures and
styles come on top. The panel is opened by script as soon as the element exists.
"""

import argparse
import gzip
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, Page, Response, sync_playwright

SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
CPU_SLOWDOWN = 4
START_S = 90
BUDGET_BYTES, BUDGET_S = 20_000, 1.0
PLAIN, DEMO = "/widget/demo/plain.html", "/"
LATER = {"core.js", "stream.js", "actions.js", "later.js", "fields.js", "extras.css", "language.js", "accent.js"}
PEERS_KB = {
    "MS BotFramework-WebChat": 945,
    "scalableminds/chatroom": 564,
    "@botpress/webchat": 243,
    "botfront/rasa-webchat": 211,
    "JiteshGaikwad/Chatbot-Widget": 194,
    "deep-chat": 111,
}
"""gzip -9 of the published bundles, JavaScript and CSS, November 2026."""

USABLE = """
window.usable = new Promise((done) => customElements.whenDefined('aftercare-chat').then(() => {
  const chat = document.querySelector('aftercare-chat');
  chat.fill('My shoulders are sore');
  const written = () => chat.shadowRoot.querySelector('textarea').value && done(performance.now());
  requestAnimationFrame(() => setTimeout(written));
}));
"""
# A promise and no polling: on a throttled processor looking again and again would slow the page that is measured.
RESULT = """async () => {
  const usable = await window.usable;
  return [usable, performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0];
}"""


@contextmanager
def own_gateway() -> Iterator[str]:
    """Run a gateway on a free port with a throw-away data directory, and yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        options = ["--port", str(port), "--data-dir", folder, "--limits", "off"]
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.gateway", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url)
            yield url
        finally:
            process.terminate()
            process.wait(15)


def _wait_for(url: str) -> None:
    """Wait until nothing is left to load in the background, which would take the processor from the browser."""
    with httpx.Client(base_url=url, timeout=15) as client:
        for _ in range(START_S):
            with suppress(httpx.HTTPError):
                loaded = client.get("/readyz").json()["content"] and client.get("/staff/login").status_code == 200
                if loaded:
                    return
            time.sleep(1)
    raise SystemExit(f"{url} does not answer; start the product or look at its log")


def throttle(page: Page) -> None:
    """Slow the page's network and processor down."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})


def one_run(browser: Browser, url: str) -> dict[str, Any]:
    """Load the page once; return seconds until usable and what was fetched of the widget, in bytes."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    throttle(page)
    page.add_init_script(USABLE)
    page.goto(url, wait_until="commit")
    usable, first_paint = page.evaluate(RESULT)
    sizes = {_name(one.url): len(gzip.compress(one.body(), 9)) for one in answers if _is_widget(one.url)}
    context.close()
    return {"usable_s": usable / 1000, "first_paint_s": first_paint / 1000, "files": sizes}


def _is_widget(url: str) -> bool:
    path = urlsplit(url).path
    own = path == "/widget.js" or (path.startswith("/widget/") and "/demo/" not in path)
    return own and path.endswith((".js", ".css"))


def _name(url: str) -> str:
    return re.sub(r"/v-\w+", "", urlsplit(url).path)


def measure(url: str, runs: int) -> dict[str, Any]:
    """Load the page several times and sum up."""
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        found = [one_run(browser, url + PLAIN) for _ in range(runs)]
        demo = [one_run(browser, url + DEMO)["usable_s"] for _ in range(runs)]
        browser.close()
    core = {name: size for name, size in found[-1]["files"].items() if name.rsplit("/", 1)[-1] not in LATER}
    return {
        "files": core,
        "gzipped_bytes": sum(core.values()),
        "usable_s": round(statistics.median(run["usable_s"] for run in found), 3),
        "worst_usable_s": round(max(run["usable_s"] for run in found), 3),
        "numbers_visible_s": round(statistics.median(run["first_paint_s"] for run in found), 3),
        "demo_page_usable_s": round(statistics.median(demo), 3),
        "runs": runs,
    }


def report(found: dict[str, Any]) -> str:
    """The result as a page of text, with the peers' sizes."""
    size = found["gzipped_bytes"] / 1000
    lines = [f"{name:<36}{count / 1000:>7.2f} kB" for name, count in found["files"].items()]
    lines += [f"{'first paint and chat, gzipped':<36}{size:>7.2f} kB   (at most {BUDGET_BYTES / 1000:.0f})", ""]
    lines += [f"{name:<36}{kilobytes:>7} kB   {kilobytes / size:.0f} times" for name, kilobytes in PEERS_KB.items()]
    lines += [
        "",
        f"numbers on the page after  {found['numbers_visible_s']:.2f} s (the page's own text, before any script)",
        f"usable after               {found['usable_s']:.2f} s (at most {BUDGET_S:.0f})",
        f"worst of {found['runs']} runs              {found['worst_usable_s']:.2f} s",
        f"usable on the demo page     {found['demo_page_usable_s']:.2f} s",
        f"with a CPU {CPU_SLOWDOWN} times slower, 1.6 Mbit/s and 150 ms",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and fail when a budget is exceeded."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--url", help="a running product; without it a gateway is started")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if options.url:
        found = measure(options.url, options.runs)
    else:
        with own_gateway() as url:
            found = measure(url, options.runs)
    print(json.dumps(found, indent=2) if options.json else report(found))
    if found["gzipped_bytes"] > BUDGET_BYTES or found["usable_s"] > BUDGET_S:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
