"""Whether the number that a queue's message names is its tenant's, asked before anything is done.

The webhook puts both into the message from one row of our table, so they can disagree only by a
defect, which must end in the dead letters and not in the wrong business.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.core.context import TenantContext, system_context
from chalicelib.core.errors import NotFound
from chalicelib.storage.numbers import Numbers

Handle = Callable[[TenantContext, Mapping[str, Any]], None]


class ForeignNumber(Exception):
    """A message names a number that is not its tenant's; it belongs into the dead letters."""


def of_own_number(handle: Handle) -> Handle:
    """Return `handle` for messages whose `number_id` is the tenant's own; others change nothing.

    Raises ForeignNumber. A number's row outlives its connection, so what came before a
    disconnection is still taken. 1 RRU for a process's first message of a number.
    """

    @functools.wraps(handle)
    def handled(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
        number_id = str(envelope["number_id"])
        try:
            _known(ctx.tenant_id, number_id)
        except NotFound:
            message = f"{number_id} is no number of {ctx.tenant_id}"
            raise ForeignNumber(message) from None
        handle(ctx, envelope)

    return handled


@functools.lru_cache(maxsize=1024)
def _known(tenant_id: str, number_id: str) -> None:
    """Return if the number is the tenant's, else raise NotFound, which is not kept."""
    Numbers(system_context(tenant_id, "queue")).get(number_id)
