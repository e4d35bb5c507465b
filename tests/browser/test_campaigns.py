"""Campaigns in the browser: the ledger adds up, and one is made and launched by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

SENDING_MS = 90_000


def _number(text: str | None) -> int:
    return int(re.sub(r"\D", "", text or ""))


def _ledger(page: Page) -> dict[str, int]:
    """Return the ledger as it stands on the screen at one moment."""
    cells: dict[str, str] = page.evaluate(
        """() => Object.fromEntries([
            ...[...document.querySelectorAll("[data-state]:is(td)")]
                .map((cell) => [cell.dataset.state, cell.textContent]),
            ["total", document.querySelector("[data-testid=ledger-total]").textContent],
        ])"""
    )
    return {name: _number(text) for name, text in cells.items()}


def _assert_adds_up(page: Page) -> None:
    ledger = _ledger(page)
    total = ledger.pop("total")
    assert len(ledger) == 10
    assert sum(ledger.values()) == total
    expect(page.get_by_text(re.compile("add up to the audience"))).to_be_visible()


def _open_finished(page: Page) -> None:
    """Open the campaign that the demo has sent."""
    page.goto("/campaigns")
    page.get_by_role("link", name="Your order is on its way").last.click()
    expect(page.get_by_role("region", name="Ledger")).to_be_visible()
    expect(page.get_by_text("Completed", exact=True)).to_be_visible()


def _tab_to(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if target.evaluate("(element) => element === document.activeElement"):
            return
    message = f"{target} is not reached by Tab"
    raise AssertionError(message)


def test_a_finished_campaign_accounts_for_everybody(page: Page) -> None:
    """The states add up to the audience, the funnel only narrows, and each skip has its reason."""
    _open_finished(page)
    _assert_adds_up(page)
    ledger = _ledger(page)
    funnel = page.get_by_role("region", name="Funnel").get_by_role("listitem")
    stages = [_number(text.splitlines()[1]) for text in funnel.all_inner_texts()]
    assert stages[0] == ledger["total"]
    assert stages[3] == ledger["read"]
    assert stages[:4] == sorted(stages[:4], reverse=True)
    skipped = page.get_by_role("region", name="Skipped, by reason").get_by_role("listitem")
    expect(skipped.first).to_be_visible()
    counts = [_number(text.splitlines()[-1]) for text in skipped.all_inner_texts()]
    assert sum(counts) == ledger["skipped"]


def test_recipients_are_shown_by_state(page: Page) -> None:
    """The table holds exactly as many recipients of a state as the ledger counts."""
    _open_finished(page)
    table = page.get_by_role("region", name="Recipients")
    expect(table.get_by_role("row").nth(1)).to_be_visible()
    skipped = _ledger(page)["skipped"]
    table.get_by_label("State", exact=True).select_option("skipped")
    expect(table.locator("tbody").get_by_text("Opted out", exact=True)).to_have_count(skipped)
    page.reload()
    expect(table.get_by_label("State", exact=True)).to_have_value("skipped")
    table.get_by_role("button", name="Show all").click()
    expect(table.locator("tbody").get_by_text("Read", exact=True).first).to_be_visible()


def test_a_recount_confirms_the_ledger(page: Page) -> None:
    """The recount from the rows of every recipient says that all are accounted for."""
    _open_finished(page)
    page.get_by_role("button", name="Recount").click()
    expect(page.get_by_text("all accounted for", exact=False)).to_be_visible()


def test_makes_and_launches_a_campaign_by_keyboard(
    open_page: Callable[..., Page], axe: str
) -> None:
    """Form, draft, confirmation, live progress: no mouse, and the ledger adds up at every look."""
    page = open_page()
    page.goto("/campaigns/new")
    expect(page.get_by_label("Name", exact=True)).to_be_visible()
    _tab_to(page, page.get_by_label("Name", exact=True))
    page.keyboard.type("Spring by keyboard")
    _tab_to(page, page.get_by_label("Template"))
    page.keyboard.type("order")
    _tab_to(page, page.get_by_role("radio", name="All contacts"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Contacts with a tag")).to_be_checked()
    _tab_to(page, page.get_by_label("Tag", exact=True))
    page.keyboard.type("spring")
    _tab_to(page, page.get_by_label("If that is empty").first)
    page.keyboard.type("friend")
    _tab_to(page, page.get_by_label("If that is empty").last)
    page.keyboard.type("of last week")
    _tab_to(page, page.get_by_role("button", name="Create draft"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Spring by keyboard")).to_be_visible()

    _tab_to(page, page.get_by_role("button", name="Launch"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_be_visible()
    page.evaluate(axe)
    assert page.evaluate("axe.run('[role=alertdialog]').then((r) => r.violations.length)") == 0
    _tab_to(page, dialog.get_by_role("button", name="Launch now"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Ledger")).to_be_visible()
    completed = page.get_by_text("Completed", exact=True)
    for _ in range(SENDING_MS // 500):
        if completed.is_visible():
            break
        _assert_adds_up(page)
        page.wait_for_timeout(500)
    expect(completed).to_be_visible()
    _assert_adds_up(page)
    assert _ledger(page)["total"] > 0


def test_a_draft_is_deleted_only_after_a_question(page: Page) -> None:
    """Escape keeps the draft, the red button deletes it."""
    page.goto("/campaigns/new")
    page.get_by_label("Name", exact=True).fill("Not this one")
    page.get_by_label("Template").select_option(index=1)
    for box in page.get_by_label("If that is empty").all():
        box.fill("you")
    page.get_by_role("button", name="Create draft").click()
    page.get_by_role("button", name="Delete the draft").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    expect(page.get_by_text("Draft", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete the draft").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete the draft").click()
    expect(page.get_by_role("heading", name="Campaigns", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Not this one")).to_have_count(0)


def test_an_unfinished_form_says_what_is_missing(page: Page) -> None:
    """Nothing is sent; each field says what it wants, and the first of them has the focus."""
    page.goto("/campaigns/new")
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.get_by_text("Give the campaign a name")).to_be_visible()
    expect(page.get_by_text("Choose a template.")).to_be_visible()
