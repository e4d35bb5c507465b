"""Whether a user is an operator of the platform: made one by the command, and with a second factor.

It is read from the user with each of the operators' own requests, so that one who is no longer an
operator is none from that moment on.
"""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.storage.tenants import UserRow, check_user


def acts_as_operator(ctx: TenantContext) -> bool:
    """Tell whether the caller is an operator this moment. 1 RRU."""
    user = check_user(ctx.tenant_id, ctx.user_id)
    return user is not None and is_operator(user)


def is_operator(user: UserRow) -> bool:
    """Tell whether a user is an operator. Pure."""
    return (
        user.operator_since is not None and user.totp_secret is not None and user.state == "active"
    )
