"""What is done with campaigns in the browser: timed, tested, followed up, taken along as a file."""

from __future__ import annotations

import csv
from collections.abc import Callable

import httpx
from playwright.sync_api import Locator, Page, expect

Addresses = dict[str, str]
PHONE = "+447400555777"


def _draft(page: Page, name: str) -> None:
    """Make a draft to everybody, and open it."""
    page.goto("/campaigns/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Template").select_option(index=1)
    for box in page.get_by_label("If that is empty").all():
        box.fill("you")
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def _open_finished(page: Page) -> None:
    page.goto("/campaigns")
    page.get_by_role("link", name="Your order is on its way").last.click()
    expect(page.get_by_role("region", name="Ledger")).to_be_visible()


def _tab_to(page: Page, target: Locator) -> None:
    for _ in range(40):
        if target.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    message = f"{target} is not reached by Tab"
    raise AssertionError(message)


def _clear(console: list[str]) -> None:
    """Forget that the browser says of a refusal, which was wanted, and of nothing else."""
    assert all("422" in line for line in console)
    console.clear()


def _has_no_findings(page: Page, axe: str, within: str) -> None:
    page.evaluate(axe)
    found = page.evaluate("(within) => axe.run(within).then((result) => result.violations)", within)
    assert [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found] == []


def test_a_campaign_is_scheduled_and_taken_off_by_keyboard(
    page: Page, axe: str, console: list[str]
) -> None:
    """Day, time and zone are typed; the moment is shown; then it is changed, and a draft again."""
    _draft(page, "Christmas")
    _tab_to(page, page.get_by_role("button", name="Schedule"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Day and time")).to_be_visible()
    _has_no_findings(page, axe, "[role=dialog]")
    zone = dialog.get_by_label("Time zone")
    _tab_to(page, zone)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Asia/Kolkata")
    dialog.get_by_label("Day and time").fill("2020-01-01T10:00")
    _tab_to(page, dialog.get_by_role("button", name="Schedule it"))
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Give a later one, or launch it now.")).to_be_visible()
    _clear(console)
    year = page.evaluate("new Date(Date.now() + 9e9).getFullYear()")
    month = page.evaluate("new Date(Date.now() + 9e9).getMonth() + 1")
    dialog.get_by_label("Day and time").fill(f"{year}-{month:02}-15T10:00")
    expect(dialog.get_by_role("status")).to_contain_text("10:00 in Asia/Kolkata")
    _tab_to(page, dialog.get_by_role("button", name="Schedule it"))
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Scheduled", exact=True).first).to_be_visible()
    expect(page.get_by_role("region", name="Starts")).to_contain_text("In Asia/Kolkata")
    page.get_by_role("button", name="Make it a draft").click()
    expect(page.get_by_text("Draft", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Starts")).to_have_count(0)


def _arrived(stack: Addresses) -> int:
    """Return how many messages there are on the phone."""
    url = f"{stack['sandbox_url']}/sandbox/messages"
    return len(httpx.get(url, params={"wa_id": PHONE[1:]}).json()["items"])


def test_a_test_arrives_at_the_phone_and_not_in_the_ledger(
    page: Page, stack: Addresses, console: list[str]
) -> None:
    """The phone that was typed has the message; the draft still has written to nobody."""
    before = _arrived(stack)
    _draft(page, "Try me first")
    page.get_by_role("button", name="Send a test").click()
    phones = page.get_by_label("Phones")
    phones.fill("12")
    page.get_by_role("button", name="Send the test").click()
    expect(phones).to_have_attribute("aria-invalid", "true")
    phones.fill(PHONE)
    page.get_by_role("button", name="Send the test").click()
    results = page.get_by_role("list", name="What became of the tests")
    expect(results.get_by_text("Sent", exact=True)).to_be_visible()
    _clear(console)
    assert _arrived(stack) == before + 1
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nobody has been written to.")).to_be_visible()


def test_a_campaign_to_a_few_first_says_so(page: Page) -> None:
    """What the form says of time of day and the first few is on the draft, and in its form."""
    page.goto("/campaigns/new")
    page.get_by_label("Name", exact=True).fill("Carefully")
    page.get_by_label("Template").select_option(index=1)
    for box in page.get_by_label("If that is empty").all():
        box.fill("you")
    page.get_by_label("At a time of day").check()
    page.get_by_label("Time of day", exact=True).fill("18:30")
    page.get_by_label("To a few first").check()
    page.get_by_label("Percent of the audience").fill("70")
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_text("Write a whole number from 1 to 50.")).to_be_visible()
    page.get_by_label("Percent of the audience").fill("10")
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_text("To each at 18:30 of their own time. To 10% first;")).to_be_visible()
    page.get_by_role("link", name="Change").click()
    expect(page.get_by_label("Time of day", exact=True)).to_have_value("18:30")
    page.get_by_label("To a few first").uncheck()
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("To each at 18:30 of their own time.", exact=True)).to_be_visible()


def test_recipients_are_exported_as_they_are_shown(page: Page) -> None:
    """The file has a line for each of whom the list shows, and no other."""
    _open_finished(page)
    card = page.get_by_role("region", name="Recipients")
    label = card.get_by_label("State", exact=True).locator("option[value=skipped]").inner_text()
    count = int("".join(letter for letter in label if letter.isdigit()))
    page.get_by_role("region", name="Skipped, by reason").get_by_role("link").first.click()
    expect(card.get_by_label("State", exact=True)).to_have_value("skipped")
    card.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Write the file").click()
    link = page.get_by_role("link", name="Download the file")
    expect(link).to_be_visible()
    text = httpx.get(link.get_attribute("href") or "").text.removeprefix("\ufeff")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == count > 0
    assert {row["State"].lower() for row in rows} == {"skipped"}


def test_a_follow_up_begins_with_its_audience(page: Page) -> None:
    """From the report to a new campaign for those who did not read it."""
    _open_finished(page)
    page.get_by_role("link", name="did not read it").click()
    expect(page.get_by_role("radio", name="Some of another campaign")).to_be_checked()
    expect(page.get_by_label("Those who", exact=True)).to_have_value("not_read")
    expect(page.get_by_label("Campaign", exact=True)).not_to_have_value("")


def test_a_segment_is_made_by_keyboard_and_gets_a_campaign(
    open_page: Callable[..., Page], axe: str
) -> None:
    """Two conditions and a group, counted while they are typed, saved, used, changed, deleted."""
    page = open_page()
    page.goto("/contacts")
    page.get_by_role("link", name="Segments").click()
    page.get_by_role("link", name="New segment").first.click()
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_visible()
    _tab_to(page, name)
    page.keyboard.type("Spring people")
    _tab_to(page, page.get_by_label("Tag", exact=True))
    page.keyboard.type("spring")
    _tab_to(page, page.get_by_role("button", name="Add a group"))
    page.keyboard.press("Enter")
    group = page.get_by_role("group", name="Group 2")
    _tab_to(page, group.get_by_label("Who").first)
    page.keyboard.type("Does")
    _tab_to(page, group.get_by_label("Tag", exact=True))
    page.keyboard.type("nobody has this")
    expect(page.get_by_role("status")).to_contain_text("contacts. Among them:")
    _has_no_findings(page, axe, "main")
    _tab_to(page, page.get_by_role("button", name="Save the segment"))
    page.keyboard.press("Enter")
    row = page.get_by_role("list", name="Segments").get_by_role("listitem").first
    expect(row).to_contain_text(
        "Everybody who has the tag “spring” and does not have the tag “nobody has this”."
    )
    row.get_by_role("link", name="Send a campaign").click()
    expect(page.get_by_role("radio", name="A saved segment")).to_be_checked()
    expect(page.get_by_label("Segment", exact=True).locator("option:checked")).to_have_text(
        "Spring people"
    )
    page.goto("/segments")
    page.get_by_role("link", name="Spring people", exact=True).first.click()
    expect(page.get_by_label("Tag", exact=True).first).to_have_value("spring")
    page.goto("/segments")
    deletes = page.get_by_role("button", name="Delete Spring people")
    expect(deletes.first).to_be_visible()
    count = deletes.count()
    deletes.first.click()
    page.get_by_role("button", name="Delete the segment").click()
    expect(deletes).to_have_count(count - 1)


def test_contacts_are_exported(page: Page) -> None:
    """All contacts, as a file that begins with the phones they have."""
    page.goto("/contacts")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Write the file").click()
    link = page.get_by_role("link", name="Download the file")
    expect(link).to_be_visible()
    text = httpx.get(link.get_attribute("href") or "").text
    assert len(text.splitlines()) > 50


def test_the_rules_are_kept(page: Page) -> None:
    """Quiet hours and a cap are there again after a reload; wrong ones are told beside them."""
    page.goto("/campaigns")
    page.get_by_role("link", name="Rules").click()
    zone = page.get_by_label("Of your business")
    zone.fill("Berlin")
    page.get_by_label("Limit the marketing").check()
    page.get_by_label("At most messages").fill("0")
    page.get_by_role("button", name="Save the rules").click()
    expect(page.get_by_text("Write a time zone like Europe/Berlin")).to_be_visible()
    expect(page.get_by_text("Write a whole number from 1 to 20.")).to_be_visible()
    zone.fill("Europe/Berlin")
    page.get_by_label("At most messages").fill("20")
    page.get_by_role("button", name="Save the rules").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.reload()
    expect(zone).to_have_value("Europe/Berlin")
    expect(page.get_by_label("At most messages")).to_have_value("20")
    page.get_by_label("Limit the marketing").uncheck()
    zone.fill("")
    page.get_by_role("button", name="Save the rules").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
