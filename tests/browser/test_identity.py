"""Accounts, the team and keys, on the real stack: mails' links, the second factor, invitations."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from pathlib import Path

import pyotp
from playwright.sync_api import Page, expect

from demo.mailbox import Mailbox

PASSWORD = "a bakery of many words"


def _mailbox(stack: dict[str, str], email: str) -> Mailbox:
    return Mailbox(Path(stack["mail_dir"]), email)


def _new_business(page: Page, stack: dict[str, str]) -> str:
    """Sign a business up and its owner in; return their e-mail."""
    email = f"{uuid.uuid4().hex}@bakery.example"
    mailbox = _mailbox(stack, email)
    body = {"business_name": "Corner Bakery", "name": "Ines Baker", "country": "PT"}
    answer = page.request.post(
        "/api/auth/register", data={**body, "email": email, "password": PASSWORD}
    )
    assert answer.ok, answer.text()
    page.goto(f"/finish-registration#token={mailbox.registration_token()}")
    expect(page.get_by_text("No campaigns yet")).to_be_visible()
    return email


def test_a_second_factor_by_keyboard(
    open_page: Callable[..., Page], stack: dict[str, str], console: list[str]
) -> None:
    """Switched on with the secret that the page shows, asked for at the next sign-in, where a
    recovery code does as well; all of it without a mouse.
    """
    page = open_page(signed_in=False)
    email = _new_business(page, stack)
    page.goto("/account")
    page.get_by_role("button", name="Switch it on").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your password")).to_be_visible()
    page.get_by_label("Your password").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    secret = page.get_by_role("dialog").locator("code").inner_text().replace(" ", "")
    page.get_by_label("The code that the app shows").focus()
    page.keyboard.type(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    recovery = codes.first.inner_text()
    page.get_by_role("button", name="I have kept them").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Switch it off")).to_be_visible()

    later = open_page(signed_in=False)
    later.goto("/login")
    later.get_by_label("E-mail").fill(email)
    later.get_by_label("Password").fill(PASSWORD)
    later.keyboard.press("Enter")
    expect(later.get_by_label("Code of your authenticator app")).to_be_focused()
    later.keyboard.type("000000")
    later.keyboard.press("Enter")
    expect(later.get_by_text("The code is wrong")).to_be_visible()
    later.get_by_role("button", name="Use a recovery code instead").click()
    expect(later.get_by_label("Recovery code")).to_be_focused()
    later.keyboard.type(recovery)
    later.keyboard.press("Enter")
    expect(later).to_have_url(re.compile("/campaigns$"))
    # The browser itself notes every answer of 401 there.
    assert all("401" in line for line in console)
    console.clear()


def test_a_forgotten_password(
    open_page: Callable[..., Page], stack: dict[str, str], console: list[str]
) -> None:
    """A mail's link sets another password, which ends the session that was open elsewhere."""
    page = open_page(signed_in=False)
    email = _new_business(page, stack)
    mailbox = _mailbox(stack, email)
    other = open_page(signed_in=False)
    other.goto("/login")
    other.get_by_role("link", name="Forgot your password?").click()
    other.get_by_label("E-mail").fill(email)
    other.get_by_role("button", name="Send the link").click()
    expect(other.get_by_text("has an account, a mail is on its way")).to_be_visible()
    other.goto(f"/reset-password#token={mailbox.token('reset-password')}")
    other.get_by_label("New password").fill("another bakery of words")
    other.get_by_role("button", name="Set the password").click()
    other.get_by_role("link", name="Sign in").click()
    other.get_by_label("E-mail").fill(email)
    other.get_by_label("Password").fill("another bakery of words")
    other.get_by_role("button", name="Sign in").click()
    expect(other).to_have_url(re.compile("/campaigns$"))
    page.goto("/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    console.clear()


def test_a_team(open_page: Callable[..., Page], stack: dict[str, str]) -> None:
    """An invitation makes a member of a role of the business's own, who sees what it may do and
    nothing else; the only owner stays.
    """
    page = open_page(signed_in=False)
    _new_business(page, stack)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Team").click()
    expect(page.get_by_text("The only owner stays one.")).to_be_visible()
    page.get_by_role("button", name="New role").click()
    page.get_by_label("Name").fill("night-shift")
    page.get_by_role("group", name="Contacts").get_by_label("See").check()
    page.get_by_role("group", name="Conversations").get_by_label("See").check()
    page.get_by_role("button", name="Save the role").click()
    expect(page.get_by_role("list", name="Roles").get_by_text("Night shift")).to_be_visible()
    email = f"{uuid.uuid4().hex}@bakery.example"
    mailbox = _mailbox(stack, email)
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Night shift").check()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("list", name="Members").get_by_text("Invited")).to_be_visible()

    theirs = open_page(signed_in=False)
    theirs.goto(f"/join#token={mailbox.token('join', patience_s=90)}")
    theirs.get_by_label("Your name").fill("Nuno Night")
    theirs.get_by_label("Password").fill(PASSWORD)
    theirs.get_by_role("button", name="Join the team").click()
    theirs.get_by_role("navigation", name="Main").get_by_role("link", name="Contacts").click()
    expect(theirs.get_by_text("No contacts yet")).to_be_visible()
    for hidden in ("Numbers", "Team", "API keys", "Business", "Audit trail"):
        expect(theirs.get_by_role("link", name=hidden)).to_have_count(0)
    page.reload()
    expect(page.get_by_role("list", name="Members").get_by_text("Nuno Night")).to_be_visible()
    page.get_by_role("link", name="Audit trail").click()
    records = page.get_by_role("list", name="Records")
    expect(records.get_by_text("Invite user")).to_be_visible()
    expect(page.get_by_text("follow each other without a gap")).to_be_visible()


def test_a_key_works_until_it_is_revoked(
    open_page: Callable[..., Page], stack: dict[str, str]
) -> None:
    """The key that the page shows once is taken by the API, and refused once it is revoked."""
    page = open_page(signed_in=False)
    _new_business(page, stack)
    page.goto("/settings/api-keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill("Shop")
    page.get_by_role("group", name="Contacts").get_by_label("See").check()
    page.get_by_role("button", name="Make the key").click()
    key = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_role("button", name="I have kept it").click()
    headers = {"Authorization": f"Bearer {key}"}
    assert page.request.get("/api/contacts", headers=headers).ok
    assert page.request.get("/api/users", headers=headers).status == 403
    page.get_by_role("button", name="Revoke Shop").click()
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_text("No API keys yet")).to_be_visible()
    assert page.request.get("/api/contacts", headers=headers).status == 401


def test_a_business_is_deleted_and_kept(
    open_page: Callable[..., Page], stack: dict[str, str]
) -> None:
    """The settings are kept; a deletion needs name and password, is told, and can be called off."""
    page = open_page(signed_in=False)
    _new_business(page, stack)
    page.goto("/settings/business")
    page.get_by_label("Time zone").fill("Europe/Lisbon")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("button", name="Delete the business").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("The name of the business").fill("Corner Bakery")
    dialog.get_by_label("Your password").fill(PASSWORD)
    dialog.get_by_role("button", name="Delete the business").click()
    expect(page.get_by_text("An owner can call that off")).to_be_visible()
    page.get_by_role("button", name="Keep the business").click()
    expect(page.get_by_role("button", name="Delete the business")).to_be_visible()
    expect(page.get_by_text("An owner can call that off")).to_have_count(0)
