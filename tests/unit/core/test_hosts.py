"""What a user names may not lead inward, however the address is written."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, strategies as st

from chalicelib.core.hosts import is_public, may_be_public

INWARD = [
    "0.0.0.0",  # noqa: S104 - nothing is bound
    "10.1.2.3",
    "100.64.0.1",  # carrier-grade NAT
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",  # the metadata service
    "169.254.170.2",  # credentials of containers
    "172.31.255.255",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.1.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::a9fe:a9fe",  # NAT64 of the metadata service
    "64:ff9b:1::1",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "2001:0:a9fe:a9fe::",  # Teredo
    "fc00::1",
    "fd00:ec2::254",  # the metadata service on IPv6
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", INWARD)
def test_inward_addresses(address: str) -> None:
    """No special address is public, nor an IPv6 address that carries one."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "157.240.1.1", "2a03:2880:f12f::1", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_public_addresses(address: str) -> None:
    """Everybody's internet is, by every way to it."""
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_way_of_writing_an_ipv4_address_hides_it(address: ipaddress.IPv4Address) -> None:
    """Decimal, hex, octal, mapped, 6to4 and NAT64: an address is what it is."""
    number = int(address)
    octets = [number >> shift & 255 for shift in (24, 16, 8, 0)]
    written = [
        str(number),
        hex(number),
        f"0{number:o}",
        ".".join(f"0{octet:o}" for octet in octets),
        ".".join(hex(octet) for octet in octets),
        f"{octets[0]}.{number & 0xFFFFFF}",
        f"{address}.",
    ]
    public = is_public(str(address))
    assert {may_be_public(name) for name in written} == {public}
    carrying = [
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
        ipaddress.IPv6Address((0x0064FF9B << 96) | number),
    ]
    if not public:
        assert not any(is_public(str(one)) for one in carrying)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "app.localhost",
        "printer.local",
        "metadata.google.internal",
        "router",
        "db.corp",
        "nas.home.arpa",
        "１２７.0.0.1",
        "127。0。0。1",
        "[::1]",
        "::1",
        "1.2.3.4.5",
        "0xzz",
        "a..example.com",
        "",
    ],
)
def test_inward_names(host: str) -> None:
    """Names that no public DNS has, and numbers that are no address, are refused unresolved."""
    assert not may_be_public(host)


@pytest.mark.parametrize(
    "host", ["example.com", "xn--bcher-kva.example", "bücher.example", "1.1.1.1", "2a03:2880::1"]
)
def test_public_names(host: str) -> None:
    """Other names may be public."""
    assert may_be_public(host)
