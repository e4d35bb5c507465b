"""Structured JSON logs; the tenant and the request are bound once and stand on every line.

An exception is told by its types, its codes and the lines that it came through, and not by its
words: those quote what was sent (a phone that is no number, an item that DynamoDB refuses).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from types import TracebackType

from aws_lambda_powertools import Logger

from chalicelib.core.config import settings

# They tell of each request whole, its URL, headers and body: with tokens, phones and texts.
_TELL_TOO_MUCH = ("botocore", "hpack", "httpcore", "httpx", "aiohttp", "pynamodb", "urllib3")
for _name in _TELL_TOO_MUCH:
    logging.getLogger(_name).setLevel(logging.WARNING)

_MOST_CAUSES = 5


class _WithoutWords(logging.Filter):
    """Puts in an exception's place what may be told of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True: every line is written."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            record.exception = "\n".join(_told(error))
            record.exception_name = type(error).__name__
            record.exc_info = record.exc_text = None
        return True


def _told(error: BaseException) -> Iterator[str]:
    """Yield the lines of an exception and of those that it came from, the newest first."""
    cause: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if cause is None:
            return
        yield f"{type(cause).__module__}.{type(cause).__qualname__}{_words(cause)}"
        yield from _frames(cause.__traceback__)
        cause = cause.__cause__ or cause.__context__


def _words(error: BaseException) -> str:
    """Return an exception's code, or its words where they are ours and name settings and ids."""
    response = getattr(error, "response", None)
    answered = response.get("Error", {}) if isinstance(response, dict) else {}
    code = getattr(error, "code", None) or answered.get("Code")
    if isinstance(code, (str, int)):
        return f": {code}"
    is_ours = type(error).__module__.startswith(("chalicelib.", "infra."))
    return f": {error}" if is_ours else ""


def _frames(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield f"  {code.co_filename}:{trace.tb_lineno} in {code.co_qualname}"
        trace = trace.tb_next


log = Logger(service="parley", level=settings().log_level, log_uncaught_exceptions=False)
log.addFilter(_WithoutWords())


def bind(**fields: str) -> None:
    """Put `fields` (ids only, never personal content) on each later line of this invocation."""
    log.thread_safe_append_keys(**fields)


def unbind() -> None:
    """Forget what the last invocation bound, so that no tenant's id leaks into another's lines."""
    log.thread_safe_clear_keys()
