"""The headers that every answer has: the API's, API Gateway's own, and the webhook's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

SECURITY = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
# What the app may read of an answer beyond what browsers always show.
EXPOSED_HEADERS = (
    "ETag, Idempotency-Replayed, Link, Location, RateLimit-Limit, RateLimit-Policy, "
    "RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
)
# What a page may send, and for how long its browser may remember that (Chromium: 2 hours at most).
PREFLIGHT = {
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "7200",
    "Vary": "Origin",
}


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


def is_of_own_page(headers: Mapping[str, str], origins: Iterable[str]) -> bool:
    """Tell whether a request that signs in by its cookie comes from one of our own pages.

    `headers` have names in lower case. A page of another site cannot change what its browser says
    here; whoever is no browser says nothing, and has no cookie that was not given to them. SameSite
    holds such requests back already, but not those of a page on a neighbouring host.
    """
    origin, site = headers.get("origin", ""), headers.get("sec-fetch-site", "")
    return origin in origins or site in {"same-origin", "none"} or not (origin or site)


def allowed_methods(methods: Iterable[str]) -> str:
    """Return the methods of a path as a header has them."""
    return ", ".join(sorted({*methods, "OPTIONS"}))
