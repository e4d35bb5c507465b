"""Steps that tests with pywa share."""

import time
from typing import Any

import httpx
import pytest
from pywa.client import WhatsApp
from pywa.types.templates import (
    BodyText,
    Template,
    TemplateCategory,
    TemplateLanguage,
    TemplateStatus,
)

from .bench import NUMBER

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
PERSON = "15550111111"


def wrote(url: str, wa_id: str = PERSON) -> str:
    """Let a person write, which opens the window, and return the message's id."""
    body = {"phone_number_id": NUMBER, "type": "text", "text": "Hi"}
    answer = httpx.post(f"{url}/sandbox/contacts/{wa_id}/messages", json=body)
    return str(answer.raise_for_status().json()["id"])


def log(url: str) -> list[dict[str, Any]]:
    """Return what the sandbox accepted, oldest first."""
    return list(httpx.get(f"{url}/sandbox/messages").json()["items"])


def approved(pywa: WhatsApp, template_id: str) -> None:
    """Wait until the template has been reviewed."""
    for _ in range(100):
        if pywa.get_template(template_id).status is TemplateStatus.APPROVED:
            return
        time.sleep(0.05)
    pytest.fail("the template was not approved")


def made(pywa: WhatsApp, name: str, *components: Any, category: TemplateCategory) -> str:
    """Create a template with pywa, wait for its approval and return its id."""
    wanted = Template(
        name=name,
        language=TemplateLanguage.ENGLISH_US,
        category=category,
        components=list(components),
    )
    found = pywa.create_template(wanted)
    approved(pywa, found.id)
    return found.id


def hello(pywa: WhatsApp, name: str = "hello") -> str:
    """Create a template with one variable and return its id."""
    body = BodyText("Hi {{1}}, there is news for you.", "Ana")
    return made(pywa, name, body, category=TemplateCategory.UTILITY)
