"""Numbers in the browser: their health is in sight, the profile is changed, a bad token is told."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_changes_what_customers_see(page: Page) -> None:
    """From the list to a number; what is saved is what WhatsApp says afterwards."""
    page.goto("/settings/numbers")
    numbers = page.get_by_role("list", name="Numbers")
    expect(numbers.get_by_text("Works")).to_be_visible()
    numbers.get_by_role("link").first.click()
    page.get_by_label("Description").fill("Parcels since 1904")
    page.get_by_role("button", name="Save the profile").click()
    expect(page.get_by_text("The profile is changed.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Description")).to_have_value("Parcels since 1904")


def test_a_token_that_meta_refuses_is_told(page: Page, console: list[str]) -> None:
    """The form keeps what was entered and says what is wrong."""
    page.goto("/settings/numbers/connect")
    page.get_by_label("Phone number id").fill("300000000000001")
    page.get_by_label("Account id").fill("200000000000001")
    page.get_by_label("Access token", exact=True).fill("EAAwrong")
    page.get_by_role("button", name="Connect", exact=True).click()
    told = page.get_by_role("alert").or_(page.locator("[aria-invalid=true]"))
    expect(told.first).to_be_visible()
    expect(page.get_by_label("Phone number id")).to_have_value("300000000000001")
    assert all(re.search("status of 4|status of 502", line) for line in console)
    console.clear()
