"""Which addresses and hosts are of the public internet: what a user names may not lead inward.

Python's `is_global` follows IANA's registries of special addresses (RFC 6890): loopback, private,
link-local with the metadata service, carrier-grade NAT, test and reserved nets. An IPv6 address
that carries an IPv4 one leads to that, so that counts as well.
"""

from __future__ import annotations

import ipaddress
import socket
import unicodedata

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# RFC 6052: the prefix by which NAT64 leads to IPv4; RFC 8215's is for networks' own use.
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
# Names that no public DNS gives out: RFC 6761, 6762, 8375, ICANN's .internal, and custom's.
_INWARD = (
    "corp",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "private",
)


def is_public(address: str) -> bool:
    """Say whether an IP address is one of the public internet, to which anybody may connect."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.is_site_local:
        return False
    return all(one.is_global and not one.is_multicast for one in (parsed, *_carried(parsed)))


def _carried(address: IpAddress) -> list[IpAddress]:
    """Return the IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[IpAddress | None] = [address.ipv4_mapped, address.sixtofour]
    found += address.teredo or ()
    if any(address in net for net in _NAT64) or int(address) >> 32 == 0:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def may_be_public(host: str) -> bool:
    """Say whether a URL's host could be one of the public internet, as far as its name tells.

    For addresses that others fetch: nothing is resolved. Numbers are read as browsers and libc read
    them: `127.1`, `0x7f000001` and `2130706433` are one address, in digits of whatever script.
    """
    name = unicodedata.normalize("NFKC", host).rstrip(".").lower()
    if ":" in name:
        return is_public(name.strip("[]"))
    labels = name.split(".")
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        try:
            return is_public(socket.inet_ntoa(socket.inet_aton(name)))
        except OSError:
            return False
    inward = any(name == own or name.endswith(f".{own}") for own in _INWARD)
    return len(labels) > 1 and all(labels) and not inward
