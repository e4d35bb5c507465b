"""Counts what a tenant uses of its plan anew, from the things themselves.

The counters are exact by themselves (storage.usage); this is for a tenant that is older than they
are, and for whoever wants to be sure.
"""

from __future__ import annotations

from chalicelib.storage.api_keys import ApiKeyRow
from chalicelib.storage.campaigns import UNDER_WAY, CampaignRow
from chalicelib.storage.contact_row import ContactRow
from chalicelib.storage.numbers import NumberRow
from chalicelib.storage.tenants import LISTING, TenantRow, UserRow, check_tenant
from chalicelib.storage.usage import (
    API_KEYS,
    CAMPAIGNS,
    CONTACTS,
    METERS,
    NUMBERS,
    USERS,
    correct,
    used,
)


def recount(tenant_id: str) -> dict[str, tuple[int, int]] | None:
    """Correct the counters of a tenant, and list it; return each as it was and is.

    None if there is no such tenant. What changes meanwhile may be counted twice or not at all; a
    recount afterwards mends that. 0.5 RRU for each 4 KB of all that is counted.
    """
    if check_tenant(tenant_id) is None:
        return None
    TenantRow(tenant_id).update(
        actions=[TenantRow.listing.set(LISTING)], condition=TenantRow.id.exists()
    )
    before = {meter: used(tenant_id, meter) for meter in METERS}
    found = {
        CONTACTS: ContactRow.count(tenant_id),
        USERS: UserRow.count(tenant_id),
        NUMBERS: NumberRow.count(
            tenant_id, filter_condition=NumberRow.disconnected_at.does_not_exist()
        ),
        API_KEYS: ApiKeyRow.count(tenant_id),
        CAMPAIGNS: CampaignRow.count(
            tenant_id, filter_condition=CampaignRow.state.is_in(*UNDER_WAY)
        ),
    }
    for meter, number in found.items():
        correct(tenant_id, meter, number)
    return {meter: (before[meter], number) for meter, number in found.items()}
