"""Structured JSON logs; the tenant and the request are bound once and stand on every line."""

from __future__ import annotations

import logging

from aws_lambda_powertools import Logger

from chalicelib.core.config import settings

# They tell of each request whole, its URL, headers and body: with tokens, phones and texts.
_TELL_TOO_MUCH = ("botocore", "hpack", "httpcore", "httpx", "aiohttp", "pynamodb", "urllib3")
for _name in _TELL_TOO_MUCH:
    logging.getLogger(_name).setLevel(logging.WARNING)

log = Logger(service="parley", level=settings().log_level, log_uncaught_exceptions=False)


def bind(**fields: str) -> None:
    """Put `fields` (ids only, never personal content) on each later line of this invocation."""
    log.thread_safe_append_keys(**fields)


def unbind() -> None:
    """Forget what the last invocation bound, so that no tenant's id leaks into another's lines."""
    log.thread_safe_clear_keys()
