"""Why a recipient of the audience gets nothing, in words, and what can be done about it."""

from __future__ import annotations

from typing import NamedTuple

_NOTHING = "Nothing to do."


class SkipWords(NamedTuple):
    """A reason for people."""

    title: str
    next_step: str


SKIPS: dict[str, SkipWords] = {
    "contact_deleted": SkipWords("Contact deleted", _NOTHING),
    "erased": SkipWords("Person erased", _NOTHING),
    "merged": SkipWords(
        "The same person as another contact",
        "Nothing to do if that contact is in the audience, or has the message; else send to it.",
    ),
    "opted_out": SkipWords("Opted out", "They get messages again only if they ask for it."),
    "marketing_opted_out": SkipWords(
        "Stopped marketing in WhatsApp", "They can allow it again in WhatsApp; write no marketing."
    ),
    "cooling": SkipWords(
        "Held back by WhatsApp for now", "Send to them again in a day or more; Meta decides."
    ),
    "frequency_cap": SkipWords(
        "Had enough messages lately", "Send to them again when the cap allows it."
    ),
    "no_address": SkipWords("No phone and no user id", "Add a phone to the contact."),
    "own_number": SkipWords("The sending number itself", _NOTHING),
    "undeliverable": SkipWords(
        "Cannot be reached on WhatsApp",
        "Check the number with them. When they write, or the contact is marked as reachable, they "
        "get messages again.",
    ),
    "blocked": SkipWords(
        "Blocked",
        "They or the business stopped messages. When they write, or the contact is marked as "
        "reachable, they get messages again.",
    ),
    "country_not_allowed": SkipWords(
        "Country not allowed",
        "Ask Meta's support about the country, then mark the contact as reachable.",
    ),
    "identity_changed": SkipWords(
        "WhatsApp account has changed hands, maybe",
        "Check with the customer that the account is theirs, then mark the contact as reachable.",
    ),
    "needs_phone": SkipWords(
        "A one-time code needs a phone", "Add a phone to the contact; a user id is not enough."
    ),
    "missing_variable": SkipWords(
        "A variable has no value", "Fill the contact's field, or give the variable a fallback."
    ),
    "campaign_failed": SkipWords(
        "Campaign failed before it was sent", "Duplicate the campaign and launch the copy."
    ),
    "unfit_value": SkipWords(
        "A value does not fit the template",
        "Correct the contact's field, or the cell of the list: WhatsApp would refuse the message.",
    ),
    "cancelled": SkipWords("Campaign cancelled", "Send a new campaign to those who are left."),
}


def explain_skip(reason: str) -> SkipWords:
    """Return what `reason` means; one that is not known here is shown as it is."""
    return SKIPS.get(reason) or SkipWords(reason.replace("_", " ").capitalize(), _NOTHING)
