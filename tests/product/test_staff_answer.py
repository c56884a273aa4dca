"""An emergency on both sides of the running product: typed by the patient, seen by staff, answered, written down."""

import time

import pytest
from playwright.sync_api import Browser, expect

from tests.console.by_hand import call_and_close, log_in
from tests.product.running import PASSWORD, Product
from tests.widget.chat import Chat

CHEST = "I get a stabbing pain in my chest with every breath since they needled my upper back"
FAST_MS = 2000


@pytest.fixture(scope="module")
def admin(product: Product) -> str:
    product.add_staff("matron", role="admin")
    return "matron"


def test_from_the_patients_words_to_the_audit_log(browser: Browser, product: Product, admin: str) -> None:
    staff = log_in(browser.new_context().new_page(), product.url + "/staff", admin, PASSWORD)
    patient = browser.new_context().new_page()
    patient.goto(product.url)
    chat = Chat(patient).open()
    chat.write(CHEST)
    expect(chat.card("emergency")).to_be_visible()
    answered = time.monotonic()
    row = staff.locator("#queue .row").filter(has_text=CHEST)
    expect(row).to_be_visible(timeout=FAST_MS)
    assert (time.monotonic() - answered) * 1000 < FAST_MS
    above = staff.locator("#queue .row").evaluate_all(
        "(rows, id) => rows.slice(0, rows.findIndex(r => r.dataset.id === id)).map(r => r.dataset.level)",
        row.get_attribute("data-id"),
    )
    assert set(above) <= {"Emergency", "Crisis"}, "something less urgent stands above the emergency"

    row.get_by_role("button", name="Acknowledge").click()
    expect(staff.get_by_role("status").first).to_contain_text("the clinic has seen it")
    expect(chat.log).to_contain_text("seen", ignore_case=True, timeout=5000)

    call_and_close(staff, "An ambulance is on its way.")
    expect(staff.get_by_text("sent to a doctor or emergency care").first).to_be_visible()
    conversation_id = staff.url.partition("/conversations/")[2].split("?")[0]
    staff.goto(f"{product.url}/staff/audit?about={conversation_id}")
    entries = staff.locator("tbody tr").all_inner_texts()
    assert [word for word in ("close", "call", "acknowledge") if not any(word in line for line in entries)] == []
    patient.context.close()
    staff.context.close()
