"""What is sent of the widget, how small it is, and how long a browser keeps it."""

import gzip
import re
from uuid import uuid4

import httpx
import pytest

from bot.gateway.compression import SMALLEST_BYTES
from bot.gateway.files import CORE, FOR_EVER, WIDGET, File
from tests.gateway.conftest import Patient, Product


@pytest.fixture
def http(product: Product) -> httpx.Client:
    return product.http


def version(http: httpx.Client) -> str:
    """The address of the version that /widget.js names."""
    found = re.search(r"'widget/(v-\w+)/", http.get("/widget.js").text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("path", ["/", "/widget.js", "/widget/theme.css", "/widget/strings/es.json"])
def test_what_a_browser_loads_is_compressed_and_the_same(http: httpx.Client, path: str) -> None:
    packed, plain = http.get(path), http.get(path, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert "accept-encoding" in packed.headers["vary"].lower()


@pytest.mark.parametrize("path", ["/", "/widget.js", "/widget/chat/view.js"])
def test_what_has_not_changed_is_not_sent_again(http: httpx.Client, path: str) -> None:
    first = http.get(path)
    again = http.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert http.get(path, headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_a_browser_keeps_the_files_of_a_version_for_ever(http: httpx.Client) -> None:
    now = http.get(f"/widget/{version(http)}/chat/view.js")
    assert now.headers["cache-control"] == FOR_EVER
    assert now.text == (WIDGET / "chat" / "view.js").read_text()
    older = http.get("/widget/v-000000000000/chat/view.js")
    assert older.text == now.text and older.headers["cache-control"] == "no-cache"


def test_the_demo_page_names_with_its_answer_what_it_needs_at_first(http: httpx.Client) -> None:
    named = re.findall(r"<([^>]+)>", http.get("/").headers["link"])
    assert "/widget.js" in named and all(http.get(one).status_code == 200 for one in named)


def test_what_is_loaded_later_is_there_under_the_version(http: httpx.Client) -> None:
    assert "customElements" in http.get(f"/widget/{version(http)}/{CORE}").text


@pytest.mark.parametrize("path", ["README.md", "", "chat", "../gateway/app.py", "..%2f..%2fapp.py", "v-1/README.md"])
def test_nothing_else_of_the_folder_is_shown(http: httpx.Client, path: str) -> None:
    assert http.get(f"/widget/{path}").status_code == 404


def test_a_conversation_is_compressed_and_its_events_are_not(patient: Patient) -> None:
    asked = patient.http.get(patient.path, headers=patient.headers)
    assert len(asked.content) > SMALLEST_BYTES and asked.headers["content-encoding"] == "gzip"
    with patient.http.stream("GET", patient.path + "/events", headers=patient.headers) as stream:
        assert "content-encoding" not in stream.headers
        assert next(stream.iter_raw()).startswith(b"retry")


def test_pages_for_staff_are_never_compressed(http: httpx.Client) -> None:
    answer = http.get(f"/staff/{uuid4()}", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers


def test_a_file_is_packed_once() -> None:
    file = File(b"words " * 500, "text/plain")
    assert file.packed is file.packed and gzip.decompress(file.packed) == file.body
