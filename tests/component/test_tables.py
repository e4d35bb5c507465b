"""The tables that are deployed are the tables that the code expects."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.aws import client
from infra.resources import tables
from tests.component.cloud import models

PREFIX = "parley-local-"


def _shape(definition: dict[str, Any]) -> dict[str, Any]:
    """Return keys and indexes of a table, whichever way they were written."""

    def keys(schema: list[dict[str, str]]) -> list[tuple[str, str]]:
        return sorted((key["KeyType"], key["AttributeName"]) for key in schema)

    indexes = definition.get("GlobalSecondaryIndexes") or []
    return {
        "keys": keys(definition["KeySchema"]),
        "types": sorted(
            (a["AttributeName"], a["AttributeType"]) for a in definition["AttributeDefinitions"]
        ),
        "indexes": {
            index["IndexName"]: (
                keys(index["KeySchema"]),
                index["Projection"]["ProjectionType"],
                sorted(index["Projection"].get("NonKeyAttributes", [])),
            )
            for index in indexes
        },
        "billing": definition["BillingMode"],
    }


def test_every_table_has_a_model() -> None:
    """Each declared table has a model and each model a declared table."""
    modelled = {model.Meta.table_name.removeprefix(PREFIX) for model in models()}
    assert modelled == set(tables())


@pytest.mark.parametrize("name", sorted(set(tables())))
def test_keys_and_indexes_agree(aws: None, name: str) -> None:
    """Keys, their types, indexes and projections are the same in infra/ and in the model."""
    made = client("dynamodb").describe_table(TableName=f"{PREFIX}{name}")["Table"]
    made["BillingMode"] = made["BillingModeSummary"]["BillingMode"]
    assert _shape(made) == _shape(tables()[name])


@pytest.mark.parametrize("model", models(), ids=lambda m: m.Meta.table_name)
def test_ttl_is_declared(model: Any) -> None:
    """A table whose items carry `expires_at` has DynamoDB delete them, and no other has."""
    declared = tables()[model.Meta.table_name.removeprefix(PREFIX)]
    ttl = declared.get("TimeToLiveSpecification", {}).get("AttributeName")
    assert ttl == ("expires_at" if "expires_at" in model.get_attributes() else None)
