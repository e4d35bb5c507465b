"""Calls of Meta with a number's own token, and their failures as errors of the API."""

from __future__ import annotations

from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.services.number_token import watching_token
from chalicelib.storage.numbers import NumberRow, access_token
from chalicelib.whatsapp.client import graph_client
from chalicelib.whatsapp.errors import WhatsAppError, as_app_error
from chalicelib.whatsapp.graph import GraphRequest


def call(ctx: TenantContext, number: NumberRow, request: GraphRequest) -> dict[str, Any]:
    """Make one call with the number's token; a dead token turns the number red.

    Raises WhatsAppError, and Conflict for a number that was disconnected.
    """
    with watching_token(ctx, number):
        return graph_client().call(access_token(number), request)


def ask(ctx: TenantContext, number: NumberRow, request: GraphRequest) -> dict[str, Any]:
    """Make one call as `call` does; what Meta refuses is raised as an error of the API."""
    try:
        return call(ctx, number, request)
    except WhatsAppError as error:
        raise as_app_error(error) from error
