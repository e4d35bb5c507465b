"""Whose address a request comes from, when CloudFront stands before API Gateway.

API Gateway names the address that connects to it, which is CloudFront's, and appends it to
X-Forwarded-For after the viewer's, which CloudFront appended (CloudFront developer guide, "Request
and response behavior"; API Gateway developer guide, "HTTP headers"). Anybody may call API Gateway
itself and write what they like before that, so the viewer's is believed only where the request
carries the secret that CloudFront adds (`EdgeSecret` of infra/environment.yaml).
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping

EDGE_HEADER = "x-parley-edge"


def viewer_address(headers: Mapping[str, str], connected: str, edge_secret: str) -> str:
    """Return the viewer's address; `connected` unless CloudFront vouches for another.

    `headers` have names in lower case. An address that is none counts as `connected`.
    """
    vouched = headers.get(EDGE_HEADER, "")
    if not edge_secret or not hmac.compare_digest(vouched.encode(), edge_secret.encode()):
        return connected
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    if hops and hops[-1] == connected:
        hops.pop()
    if not hops:
        return connected
    try:
        return str(ipaddress.ip_address(hops[-1]))
    except ValueError:
        return connected


def network_of(address: str) -> str:
    """Return what a limit counts: an IPv4 address, or the /64 that one customer of IPv6 has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
