"""What webhooks tell of businesses that share their account with Parley, or no longer do.

Apart from `signup` so that the webhook loads little. Meta tells of a finished signup here too: the
safety net for a browser that was closed. It carries no token, and nothing says which tenant sat
before that browser, so an account that nobody has claimed is not given to anybody by a guess: who
began the signup repeats it, and Meta gives another code for the same account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.context import system_context
from chalicelib.core.errors import NotFound
from chalicelib.core.log import log
from chalicelib.storage.accounts import Accounts, find_account


def note_partner_added(waba_id: str, detail: Mapping[str, Any], at_ms: int) -> bool:
    """Note that a business shares its account (again); False, and logged, if no tenant has it.

    `detail` is Meta's value of the event. Repeated and late events change nothing. 1.5 RRU, 1 WRU.
    """
    return note_partner(waba_id, {"event": "PARTNER_ADDED", **detail}, at_ms)


def note_partner(waba_id: str, report: Mapping[str, Any], at_ms: int) -> bool:
    """Note the newest event of the sharing (PARTNER_ADDED, PARTNER_REMOVED …) on the account."""
    owner = find_account(waba_id)
    if owner is None:
        log.warning(
            "an account is shared that no tenant has claimed",
            extra={"waba_id": waba_id, "event": str(report.get("event"))[:40]},
        )
        return False
    accounts = Accounts(system_context(owner.tenant_id, "webhook"))
    try:
        return accounts.note(accounts.get(waba_id), "partner", report, at_ms)
    except NotFound:
        return False
