"""Direct Send: utility and authentication messages that need no template of the business."""

from sandbox.errors import invalid
from sandbox.model import Json

from .shape import one_of

_TTL_S = {"utility": (30, 43_200), "authentication": (30, 900)}
_TYPES = ("text", "interactive")


def direct_category(params: Json, kind: str) -> str:
    """Return the `category` of a Direct Send in lower case, "" for an ordinary message.

    Raises error 100 for a category, a type or a `ttl_seconds` that Direct Send does not take.
    """
    category, ttl = params.get("category"), params.get("ttl_seconds")
    if category is None:
        if ttl is not None:
            raise invalid("ttl_seconds", "is for Direct Send: give category too.")
        return ""
    name = one_of(str(category).lower(), tuple(_TTL_S), "category")
    if kind not in _TYPES:
        raise invalid("category", f"goes with a message of type {' or '.join(_TYPES)} alone.")
    low, high = _TTL_S[name]
    if ttl is not None and not (type(ttl) is int and low <= ttl <= high):
        raise invalid("ttl_seconds", f"must be from {low} to {high} for category {name}.")
    return name
