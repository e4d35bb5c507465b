"""The inbox: an answer is opened and answered, and the reply reaches the customer's phone."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from contextlib import closing

from playwright.sync_api import Page, expect

from demo.sandbox import Sandbox

CUSTOMER = "447400123456"
WITHIN_S = 20.0


def _received(stack: dict[str, str], wa_id: str, text: str) -> bool:
    """Wait until the phone has the text; say whether it came."""
    end = time.monotonic() + WITHIN_S
    with closing(Sandbox(stack["sandbox_url"])) as sandbox:
        while not sandbox.has_received(wa_id, text):
            if time.monotonic() > end:
                return False
            time.sleep(0.3)
    return True


def test_an_answer_is_read_and_replied_to(
    page: Page, stack: dict[str, str], write_as: Callable[[str, str], None]
) -> None:
    """It appears by itself, unread; opening reads it; Enter sends; the tick and the phone agree."""
    page.goto("/inbox")
    expect(page.get_by_role("heading", name="Inbox", level=1)).to_be_attached()
    question = f"Is the shop open on Sunday? ({uuid.uuid4().hex[:6]})"
    write_as(CUSTOMER, question)
    row = page.get_by_role("link").filter(has_text=question)
    expect(row).to_be_visible()
    expect(row.get_by_text("unread")).to_be_attached()
    row.click()
    thread = page.get_by_role("log", name="Messages")
    expect(thread.get_by_text(question)).to_be_visible()
    expect(row.get_by_text("unread")).to_have_count(0)

    box = page.get_by_role("textbox", name="Reply to")
    box.click()
    page.keyboard.type("Yes,")
    page.keyboard.press("Shift+Enter")
    answer = f"from ten to four. ({uuid.uuid4().hex[:6]})"
    page.keyboard.type(answer)
    page.keyboard.press("Enter")
    expect(thread.get_by_text(answer)).to_be_visible()
    expect(box).to_have_value("")
    assert _received(stack, CUSTOMER, answer)
    sent = thread.get_by_role("listitem").filter(has_text=answer)
    expect(
        sent.get_by_role("img", name="Delivered").or_(sent.get_by_role("img", name="Read"))
    ).to_be_visible()


def test_a_conversation_is_opened_by_keyboard(page: Page) -> None:
    """Arrow keys walk the list, Enter opens the one that has the focus."""
    page.goto("/inbox")
    rows = page.get_by_role("region", name="Conversations").get_by_role("link")
    expect(rows.nth(1)).to_be_visible()
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    chosen = rows.nth(1).inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("log", name="Messages")).to_be_visible()
    name = page.get_by_role("region", name="Conversation", exact=True).get_by_role("heading")
    expect(name).to_be_visible()
    assert name.inner_text() in chosen


def test_list_and_thread_are_two_screens_on_a_phone(open_page: Callable[..., Page]) -> None:
    """At 360 pixels one is shown at a time, with a way back."""
    page = open_page(width=360, height=740)
    page.goto("/inbox")
    conversations = page.get_by_role("region", name="Conversations")
    conversations.get_by_role("link").first.click()
    expect(page.get_by_role("log", name="Messages")).to_be_visible()
    expect(conversations).to_be_hidden()
    page.get_by_role("link", name="Back to the conversations").click()
    expect(conversations).to_be_visible()


def test_a_resolved_conversation_leaves_the_list_until_reopened(
    page: Page, write_as: Callable[[str, str], None]
) -> None:
    """Resolve moves it to the other folder, Reopen brings it back."""
    write_as("447400999123", "All good, thanks!")
    page.goto("/inbox")
    row = page.get_by_role("link").filter(has_text="All good, thanks!")
    row.click()
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(row).to_have_count(0)
    page.get_by_role("radio", name="Resolved").click()
    expect(row).to_be_visible()
    page.get_by_role("button", name="Reopen").click()
    expect(row).to_have_count(0)
    page.get_by_role("radio", name="Open", exact=True).click()
    expect(row).to_be_visible()
