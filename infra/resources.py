"""Reads the YAML files that say what Parley owns in AWS, as one CloudFormation fragment.

    from infra.resources import fragment, tables
    tables()["contacts"]["KeySchema"]

The files are merged key by key; a name given twice is an error, for one would silently win.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
FILES = ("environment.yaml", "resources.yaml", "edge.yaml", "firewall.yaml", "operations.yaml")


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X`, `!GetAtt X.Arn`, `!Sub "..."`."""


def _short_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _short_form)


def read_fragment(path: Path) -> dict[str, Any]:
    """Return one file's content without its anchors; raises TypeError if it is not a mapping."""
    with path.open(encoding="utf-8") as file:
        content = yaml.load(file, Loader=_Loader)  # noqa: S506 # nosec B506
    if not isinstance(content, dict):
        message = f"{path.name} must be a mapping of CloudFormation sections"
        raise TypeError(message)
    content.pop("x-anchors", None)
    return content


def merge_fragments(fragments: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Return all named fragments as one; raises ValueError on a name that is given twice."""
    merged: dict[str, Any] = {}
    for source, content in fragments:
        for section, entries in content.items():
            into = merged.setdefault(section, {})
            twice = sorted(set(into) & set(entries))
            if twice:
                message = f"{source}: {section} {', '.join(twice)} is already given elsewhere"
                raise ValueError(message)
            into.update(entries)
    return merged


@cache
def fragment() -> dict[str, Any]:
    """Return everything that is declared under infra/; do not change what you get."""
    return merge_fragments([(name, read_fragment(HERE / name)) for name in FILES])


def table_name(definition: dict[str, Any]) -> str:
    """Return a table's name without the deployment's prefix, e.g. `contacts`."""
    name: str = definition["TableName"]["Fn::Sub"]
    return name.removeprefix("parley-${Stage}-")


def tables(template: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """Return each table's CloudFormation properties by the table's name without prefix."""
    resources = (template or fragment())["Resources"].values()
    found = [r["Properties"] for r in resources if r["Type"] == "AWS::DynamoDB::Table"]
    return {table_name(properties): properties for properties in found}


def logical_table(name: str) -> str:
    """Return the logical id of a table, e.g. `RateLimitsTable` of `rate_limits`."""
    return "".join(part.capitalize() for part in name.split("_")) + "Table"
