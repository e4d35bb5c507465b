"""Calls about what a chat offers by itself: welcome message, ice breakers, commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.graph import GraphRequest, node

# https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/conversational-components
MAX_PROMPTS, MAX_PROMPT_CHARS = 4, 80
MAX_COMMANDS, MAX_COMMAND_CHARS, MAX_DESCRIPTION_CHARS = 30, 32, 256


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a customer can choose after typing `/`."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Automation:
    """What a chat offers: `prompts` are the ice breakers of a chat that has no message yet."""

    is_welcome_enabled: bool
    prompts: tuple[str, ...]
    commands: tuple[Command, ...]


def automation_request(phone_number_id: str) -> GraphRequest:
    """Return the call for a number's automation."""
    params = {"fields": "conversational_automation"}
    return GraphRequest("GET", node(phone_number_id), params=params)


def set_automation_request(phone_number_id: str, automation: Automation) -> GraphRequest:
    """Return the call that replaces a number's automation."""
    body = {
        "enable_welcome_message": automation.is_welcome_enabled,
        "prompts": list(automation.prompts),
        "commands": [
            {"command_name": one.name, "command_description": one.description}
            for one in automation.commands
        ],
    }
    return GraphRequest("POST", node(phone_number_id, "conversational_automation"), json=body)


def read_automation(answer: Mapping[str, Any]) -> Automation:
    """Return the automation in the answer of `automation_request`; nothing where none is set."""
    found = answer.get("conversational_automation")
    facts: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    prompts, commands = facts.get("prompts"), facts.get("commands")
    return Automation(
        is_welcome_enabled=facts.get("enable_welcome_message") is True,
        prompts=tuple(str(one) for one in prompts) if isinstance(prompts, list) else (),
        commands=tuple(
            Command(str(one.get("command_name") or ""), str(one.get("command_description") or ""))
            for one in (commands if isinstance(commands, list) else [])
            if isinstance(one, Mapping)
        ),
    )
