"""The headers that every answer has: the API's, API Gateway's own, and the webhook's."""

from __future__ import annotations

from collections.abc import Iterable

SECURITY = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
# What the app sends, and what it may read of an answer beyond what browsers always show.
REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match"
EXPOSED_HEADERS = (
    "ETag, Idempotency-Replayed, Link, Location, RateLimit-Limit, RateLimit-Policy, "
    "RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
)
PREFLIGHT_AGE_S = 7200


def cors(origin: str, origins: Iterable[str]) -> dict[str, str]:
    """Return what lets a page of `origin` read an answer; all answers vary by who asks."""
    if not origin or origin not in origins:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
        "Vary": "Origin",
    }


def preflight(origin: str, origins: Iterable[str], methods: Iterable[str]) -> dict[str, str]:
    """Return the headers of the 204 that answers OPTIONS on a path that takes `methods`.

    Who is not on the list gets no permission, which a browser takes for a no.
    """
    allowed = cors(origin, origins)
    if "Access-Control-Allow-Origin" not in allowed:
        return {**SECURITY, **allowed}
    allowed.pop("Access-Control-Expose-Headers")
    return {
        **SECURITY,
        **allowed,
        "Access-Control-Allow-Methods": ", ".join(sorted({*methods, "OPTIONS"})),
        "Access-Control-Allow-Headers": REQUEST_HEADERS,
        "Access-Control-Max-Age": str(PREFLIGHT_AGE_S),
    }
