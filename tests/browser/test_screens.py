"""Every screen, wide and narrow, light and dark: axe finds nothing, and nothing overflows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _public(page: Page) -> Iterator[str]:
    page.goto("/login")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Enter your password.")).to_be_visible()
    yield "the sign-in with errors"
    page.goto("/register")
    expect(page.get_by_role("heading", name="Create an account")).to_be_visible()
    yield "the sign-up"
    page.goto("/forgot-password")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("Enter your e-mail address.")).to_be_visible()
    yield "a forgotten password with an error"
    for link, button in (("reset-password", "Set the password"), ("join", "Join the team")):
        page.goto(f"/{link}#token=not-one-that-there-is")
        page.get_by_role("button", name=button).click()
        expect(page.get_by_text("Use at least 10 characters.")).to_be_visible()
        yield f"{link} with errors"
    page.goto("/verify-email")
    expect(page.get_by_role("alert")).to_be_visible()
    yield "a mail's link without its token"
    page.goto("/nowhere")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    yield "a page that is not there"


def _signed_in(page: Page) -> Iterator[str]:
    page.goto("/campaigns")
    campaign = page.get_by_role("link", name="Your order is on its way").last
    expect(campaign).to_be_visible()
    yield "the campaigns"
    campaign.click()
    for part, content in (("Recipients", "tbody tr"), ("Skipped, by reason", "li")):
        expect(page.get_by_role("region", name=part).locator(content).first).to_be_visible()
    yield "a campaign"
    page.goto("/campaigns/new")
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_text("Give the campaign a name")).to_be_visible()
    yield "a new campaign with errors"
    yield from _campaign_work(page)
    page.goto("/inbox")
    conversation = page.get_by_role("region", name="Conversations").get_by_role("link").first
    expect(conversation).to_be_visible()
    yield "the inbox"
    conversation.click()
    expect(page.get_by_role("log", name="Messages")).to_be_visible()
    expect(page.get_by_role("textbox", name="Reply to")).to_be_visible()
    yield "a conversation"
    page.goto("/contacts")
    expect(page.get_by_role("list", name="Contacts")).to_be_visible()
    yield "the contacts"
    page.get_by_role("button", name="Export").click()
    page.get_by_label("Whom").select_option("filter")
    expect(page.get_by_role("button", name="Write the file")).to_be_disabled()
    yield "the export of contacts"
    page.goto("/segments/new")
    page.get_by_role("button", name="Add a group").click()
    page.get_by_role("button", name="Save the segment").click()
    expect(page.get_by_text("Give the segment a name")).to_be_visible()
    yield "a new segment with errors"
    page.goto("/contacts/import")
    expect(page.get_by_role("button", name="Choose a file")).to_be_visible()
    yield "the import"
    yield from _templates_and_numbers(page)
    yield from _identity(page)
    page.get_by_role("button", name="Account of").click()
    expect(page.get_by_role("menu")).to_be_visible()
    yield "the account's menu"


def _campaign_work(page: Page) -> Iterator[str]:
    """Yield the dialogs of a draft and its dry run, a schedule, and the rules."""
    page.get_by_label("Name", exact=True).fill("In all colours")
    page.get_by_label("Template").select_option(index=1)
    for box in page.get_by_label("If that is empty").all():
        box.fill("you")
    for choice in ("At a time of day", "To a few first"):
        page.get_by_label(choice).check()
    yield "the ways of sending"
    page.get_by_role("button", name="Create draft").click()
    page.get_by_role("button", name="Try it out").click()
    expect(page.get_by_text("Would get it")).to_be_visible()
    page.get_by_role("button", name="Show everybody").click()
    expect(page.get_by_role("group", name="Everybody of the dry run")).to_be_visible()
    yield "a dry run"
    page.get_by_role("button", name="Send a test").click()
    page.get_by_role("button", name="Send the test").click()
    expect(page.get_by_text("Write the phone that should get it.")).to_be_visible()
    yield "a test with an error"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_label("Day and time")).to_be_visible()
    yield "a schedule"
    page.get_by_role("button", name="Schedule it").click()
    expect(page.get_by_role("button", name="Change the time")).to_be_visible()
    yield "a scheduled campaign"
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the campaign").click()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
    page.goto("/settings/campaign-rules")
    for choice in ("Send nothing during", "Limit the marketing"):
        page.get_by_label(choice).check()
    yield "the rules"


def _templates_and_numbers(page: Page) -> Iterator[str]:
    page.goto("/templates")
    names = page.get_by_role("list", name="Templates by name")
    expect(names).to_be_visible()
    yield "the templates"
    names.get_by_role("link").first.click()
    expect(page.get_by_role("button", name="Archive")).to_be_visible()
    yield "a template"
    page.goto("/templates/new")
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("have to be changed first")).to_be_visible()
    yield "a new template with errors"
    page.get_by_role("radio", name="Carousel").click()
    expect(page.get_by_role("button", name="Add a card")).to_be_visible()
    yield "a new carousel"
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("/settings/numbers")
    expect(page.get_by_role("list", name="Numbers")).to_be_visible()
    yield "the numbers"
    page.get_by_role("list", name="Numbers").get_by_role("link").first.click()
    expect(page.get_by_role("button", name="Save the profile")).to_be_visible()
    yield "a number"
    page.goto("/settings/numbers/connect")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("Enter the access token")).to_be_visible()
    yield "connecting a number with errors"


def _identity(page: Page) -> Iterator[str]:
    page.goto("/account")
    expect(page.get_by_role("list", name="Where you are signed in")).to_be_visible()
    yield "the account"
    page.get_by_role("button", name="Switch it on").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Enter your password.")).to_be_visible()
    yield "a second factor with an error"
    page.goto("/settings/team")
    expect(page.get_by_role("list", name="Members")).to_be_visible()
    yield "the team"
    page.get_by_role("button", name="Invite").click()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("Write it like name@company.com.")).to_be_visible()
    yield "an invitation with an error"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="New role").click()
    page.get_by_role("button", name="Save the role").click()
    expect(page.get_by_text("at least one thing")).to_be_visible()
    yield "a role with errors"
    page.goto("/settings/api-keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_text("Give the key a name")).to_be_visible()
    yield "a key with errors"
    page.goto("/settings/business")
    expect(page.get_by_role("list", name="Usage")).to_be_visible()
    yield "the business"
    page.get_by_role("button", name="Delete the business").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the business").click()
    expect(page.get_by_text("exactly so.")).to_be_visible()
    yield "a deletion with errors"
    page.goto("/settings/audit")
    page.get_by_role("list", name="Records").locator("summary").first.click()
    yield "the audit trail"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("screens", [_public, _signed_in])
def test_every_screen_is_accessible_and_fits(
    open_page: Callable[..., Page],
    axe: str,
    screens: Callable[[Page], Iterator[str]],
    width: int,
    scheme: str,
) -> None:
    """No finding by WCAG 2.2 AA or the best practices of axe, and no page is too wide."""
    page = open_page(width=width, height=740, scheme=scheme, signed_in=screens is _signed_in)
    for screen in screens(page):
        beyond = page.evaluate(
            """() => [document.documentElement, document.getElementById("main")]
                .map((box) => (box ? box.scrollWidth - box.clientWidth : 0))"""
        )
        assert beyond in ([0, 0], [0]), f"{screen} is too wide"
        page.evaluate(axe)
        findings: list[dict[str, Any]] = page.evaluate(
            "(rules) => axe.run(document, {runOnly: rules}).then((result) => result.violations)",
            RULES,
        )
        found = [f"{f['id']}: {node['html'][:160]}" for f in findings for node in f["nodes"]]
        assert found == [], screen


def test_the_skip_link_leads_to_the_content(page: Page) -> None:
    """The first Tab shows it, Enter moves the focus past the navigation."""
    page.goto("/campaigns")
    expect(page.get_by_role("heading", name="Campaigns")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_the_colours_are_chosen_and_kept(page: Page) -> None:
    """Dark, chosen in a light system, is there before the first paint of the next visit."""
    page.goto("/campaigns")
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    page.goto("/contacts")
    assert page.evaluate("document.documentElement.classList.contains('dark')")


def test_what_cannot_be_loaded_can_be_tried_again(page: Page, console: list[str]) -> None:
    """An API that is away is told in words; the retry brings the screen."""
    page.route("**/api/contacts?*", lambda route: route.abort())
    page.goto("/contacts")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.unroute("**/api/contacts?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("list", name="Contacts")).to_be_visible()
    assert all("ERR_FAILED" in line for line in console)
    console.clear()
