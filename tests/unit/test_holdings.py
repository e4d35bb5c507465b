"""Where a business's data lie is declared whole, table by table and prefix by prefix."""

from __future__ import annotations

from typing import get_args

from chalicelib.storage.holdings import (
    AREAS,
    HELD,
    PLATFORM,
    PLATFORM_PREFIXES,
    UNHANDLED,
    places,
)
from chalicelib.storage.objects import Area
from infra.policies import read_grants
from infra.resources import fragment, tables


def test_every_table_is_a_tenants_or_the_platforms() -> None:
    """A new table of the template has to say how one business's items in it are found."""
    assert places() | set(PLATFORM) == set(tables())
    assert not places() & set(PLATFORM)


def test_the_keys_are_those_of_the_template() -> None:
    """Each table is walked by its own keys, or by the index that is declared for it."""

    def keys(schema: list[dict[str, str]]) -> tuple[str, ...]:
        return tuple(key["AttributeName"] for key in schema)

    declared = tables()
    for held in HELD:
        own = declared[held.table]
        assert keys(own["KeySchema"]) == held.keys
        by_tenant = {
            index["IndexName"]: keys(index["KeySchema"])
            for index in own.get("GlobalSecondaryIndexes", [])
        }.get("by_tenant")
        assert by_tenant == (("tenant_id", "id") if held.has_index else None)
        for part in held.partitions:
            assert keys(declared[part.table]["KeySchema"]) == part.keys
        for values in held.values:
            assert keys(declared[values.table]["KeySchema"]) == (values.key,)


def test_every_prefix_is_a_tenants_or_the_platforms() -> None:
    """Whatever code may write to, a lifecycle rule names or a policy allows is declared."""
    known = {*AREAS, *PLATFORM_PREFIXES, f"{UNHANDLED.partition('/')[0]}/"}
    assert {f"{area}/" for area in get_args(Area)} == set(AREAS)
    grants = read_grants()
    every = [*grants.blueprints.values(), *grants.routes.values(), *grants.functions.values()]
    assert {prefix.rstrip("*") for grant in every for prefix in grant.bucket} <= known
    rules = fragment()["Resources"]["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert {rule["Prefix"] for rule in rules if "Prefix" in rule} <= known


def test_who_erases_may_erase_all_of_it() -> None:
    """The tenant function's policy reaches each table and prefix that holds a tenant's data."""
    grant = read_grants().of_function("TenantFunction")
    assert places() <= grant.write
    for prefix in (*AREAS, "webhooks/"):
        assert "delete" in grant.bucket[f"{prefix}*"]
