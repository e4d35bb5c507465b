"""Signing in and out, as a person with a keyboard does it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from demo.mailbox import Mailbox


def test_signs_in_by_keyboard_and_arrives_where_it_wanted(
    open_page: Callable[..., Page], stack: dict[str, str]
) -> None:
    """Without a mouse: the page that was asked for comes up after the sign-in."""
    page = open_page(signed_in=False)
    page.goto("/inbox")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(stack["email"])
    page.keyboard.press("Tab")
    page.keyboard.type(stack["password"])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/inbox$"))
    expect(page.get_by_role("heading", name="Inbox", level=1)).to_be_attached()


def test_a_wrong_password_is_told_in_words(
    open_page: Callable[..., Page], stack: dict[str, str], console: list[str]
) -> None:
    """The API's own sentence stands above the form, and the form stays."""
    page = open_page(signed_in=False)
    page.goto("/login")
    page.get_by_label("E-mail").fill(stack["email"])
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("password", re.IGNORECASE))
    expect(page.get_by_label("E-mail")).to_have_value(stack["email"])
    # The browser itself notes every answer of 401 there.
    assert all("401" in line for line in console)
    console.clear()


def test_a_session_outlives_a_reload_until_it_is_ended(page: Page) -> None:
    """The cookie brings the session back; after signing out nothing does."""
    page.goto("/campaigns")
    expect(page.get_by_role("heading", name="Campaigns")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Campaigns")).to_be_visible()
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/campaigns")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_out_signs_out_every_tab(page: Page) -> None:
    """A second tab of the same person does not stay behind."""
    page.goto("/campaigns")
    expect(page.get_by_role("heading", name="Campaigns")).to_be_visible()
    second = page.context.new_page()
    second.goto("/contacts")
    expect(second.get_by_role("heading", name="Contacts")).to_be_visible()
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(second.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_sign_in_leads_to_no_other_site(
    open_page: Callable[..., Page], stack: dict[str, str]
) -> None:
    """A crafted `next` ends at the start page."""
    page = open_page(signed_in=False)
    page.goto("/login?next=//evil.example/")
    page.get_by_label("E-mail").fill(stack["email"])
    page.get_by_label("Password").fill(stack["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{stack['web_url']}/campaigns")


def test_registers_a_business(
    open_page: Callable[..., Page], stack: dict[str, str], console: list[str]
) -> None:
    """A new business gets its account by the link in a mail, and screens that say what to do
    first; the link works once.
    """
    email = f"{uuid.uuid4().hex}@bakery.example"
    mailbox = Mailbox(Path(stack["mail_dir"]), email)
    page = open_page(signed_in=False)
    page.goto("/login")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Business name").fill("Corner Bakery")
    page.get_by_label("Your name").fill("Ines Baker")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill("a bakery of many words")
    page.get_by_label("Country").select_option("PT")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text(f"A mail is on its way to {email}")).to_be_visible()
    link = f"/finish-registration#token={mailbox.registration_token()}"
    page.goto(link)
    expect(page.get_by_text("No campaigns yet")).to_be_visible()
    page.get_by_role("link", name="New campaign").click()
    expect(page.get_by_text("Connect a WhatsApp number first")).to_be_visible()
    again = open_page(signed_in=False)
    again.goto(link)
    expect(again.get_by_text("expired or was used")).to_be_visible()
    assert all("422" in line for line in console)
    console.clear()
