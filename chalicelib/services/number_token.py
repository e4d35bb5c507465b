"""Noticing that the token of a number has stopped working; apart from `numbers` to load little.

Meta refuses a dead token on every call, so whichever call comes first notices: an agent's reply,
a template, a campaign, a look at the number. The number then says so until it works again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import AppError
from chalicelib.core.log import log
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.whatsapp.errors import TokenRefused, WhatsAppError

# Codes that speak of the token itself; a missing permission (10, 200 …) may concern one call only.
DEAD_TOKEN_CODES = frozenset({0, 190})


def note_token_refused(
    ctx: TenantContext, number_id: str, words: str, token_ciphertext: bytes | None = None
) -> bool:
    """Write that Meta refused a number's token, in Meta's words; tell whether that is news.

    `token_ciphertext` is the one that was refused: a number that has another by now is left alone.
    1 RRU, and 1 WRU the first time.
    """
    is_news = Numbers(ctx).note_token(number_id, words, token_ciphertext)
    if is_news:
        log.warning("Meta refuses the token of a number", extra={"number_id": number_id})
    return is_news


def is_dead_token(error: WhatsAppError) -> bool:
    """Tell whether Meta refused the token as such, rather than one call for a permission."""
    return isinstance(error, TokenRefused) and error.code in DEAD_TOKEN_CODES


@contextmanager
def watching_token(ctx: TenantContext, number: NumberRow) -> Iterator[None]:
    """Hold calls of Meta with the number's token; one that is refused as dead turns it red.

    The error goes on as it came, and may have become one of the API on its way here. Costs nothing
    while the token works.
    """
    try:
        yield
    except (TokenRefused, AppError) as error:
        refused = error.__cause__ if isinstance(error, AppError) else error
        if isinstance(refused, TokenRefused) and is_dead_token(refused):
            note_token_refused(ctx, number.id, refused.detail, number.token_ciphertext)
        raise
