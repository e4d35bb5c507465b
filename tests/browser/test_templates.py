"""Templates in the browser: one is written by keyboard, judged as one types, and submitted."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect


def _tab_to(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("(element) => element === document.activeElement"):
            return
    message = f"{target} is not reached by Tab"
    raise AssertionError(message)


def test_writes_a_template_by_keyboard(open_page: Callable[..., Page]) -> None:
    """A rule is told beside its field, the phone shows the text, and WhatsApp gets the template."""
    page = open_page()
    page.goto("/templates/new")
    name, text = page.get_by_label("Name", exact=True), page.get_by_label("Text", exact=True)
    expect(name).to_be_visible()
    _tab_to(page, name)
    page.keyboard.type("Browser Note")
    _tab_to(page, text)
    page.keyboard.type("Your *parcel* is {{1}}")
    expect(text).to_have_accessible_description(re.compile("must not begin or end"))
    page.keyboard.type(" today.")
    expect(text).not_to_have_attribute("aria-invalid", "true")
    _tab_to(page, page.get_by_label("{{1}}"))
    page.keyboard.type("on its way")
    preview = page.get_by_role("region", name="Preview")
    expect(preview.get_by_text("on its way today.", exact=False)).to_be_visible()
    expect(preview.locator("strong")).to_have_text("parcel")
    _tab_to(page, page.get_by_role("button", name="Submit for review"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="browser_note")).to_be_visible()
    expect(page.get_by_role("region", name="History")).to_be_visible()
    page.goto("/templates")
    expect(page.get_by_role("heading", name="browser_note")).to_be_visible()


def test_finds_a_template_and_compares_with_whatsapp(page: Page) -> None:
    """Filters stand in the address, and the comparison says what it found."""
    page.goto("/templates")
    page.get_by_label("Status").select_option("DISABLED")
    expect(page.get_by_text("No template fits")).to_be_visible()
    expect(page).to_have_url(re.compile("status=DISABLED"))
    page.get_by_role("button", name="Show all").click()
    page.get_by_role("searchbox", name="Search").fill("order")
    expect(page.get_by_role("heading", name="order_on_its_way")).to_be_visible()
    page.get_by_role("button", name="Sync from WhatsApp").click()
    expect(page.get_by_text("Compared with WhatsApp", exact=False)).to_be_visible()
