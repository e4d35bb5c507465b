"""What holds while the operator of the platform has suspended a business.

    reading, searching, downloading, exports   go on, and so does looking after one's own sign-in
    changes, by people and by API keys         403 `tenant_suspended`, with the reason
    campaigns that run                         pause at their next chunk or look, with the reason; a
                                               person resumes them afterwards, since weeks may pass
    campaigns that are due to start            become drafts again, with the reason
    what customers write, and statuses         is taken in as ever: nobody is lost
    jobs that were begun (imports, exports)    end as they would have

It counts from the write that suspends: the question is one read of the tenant, asked with a change
only (1 RRU beside the 7 WRU of its audit record), not from a token that is good for 15 minutes.
"""

from __future__ import annotations

from chalicelib.core.errors import Forbidden
from chalicelib.services import closing
from chalicelib.storage.tenants import TenantRow, check_tenant

CODE = "tenant_suspended"


def words_of(tenant: TenantRow) -> str | None:
    """Return why a tenant is suspended, in a sentence; None if it is not."""
    if tenant.suspended_at is None:
        return None
    return f"The business is suspended: {tenant.suspended_reason}"


def check_open(tenant_id: str) -> None:
    """Raise Forbidden `tenant_suspended`, with the reason and what to do, if it is so. 1 RRU.

    `tenant_closing` for a business that is going to be deleted, of which the same holds.
    """
    words = stopped(tenant_id)
    if words is not None:
        raise Forbidden(
            f"{words} You can read and export; nothing can be changed or sent until the operator "
            "of the platform lifts it.",
            code=CODE,
        )
    closing.check_open(tenant_id)


def stopped(tenant_id: str) -> str | None:
    """Return in words why nothing may be sent for a tenant this moment; None if it may. 1 RRU."""
    tenant = check_tenant(tenant_id)
    return None if tenant is None else words_of(tenant)
