"""The calls of Meta that templates need, with a number's token."""

from __future__ import annotations

from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.services.number_token import watching_token
from chalicelib.storage.numbers import NumberRow, access_token
from chalicelib.whatsapp.client import graph_client
from chalicelib.whatsapp.graph import GraphRequest


def call(ctx: TenantContext, number: NumberRow, request: GraphRequest) -> dict[str, Any]:
    """Make a call with the token of a number and return Meta's answer. Raises WhatsAppError.

    A token that Meta refuses as dead turns the number red.
    """
    with watching_token(ctx, number):
        return graph_client().call(access_token(number), request)
