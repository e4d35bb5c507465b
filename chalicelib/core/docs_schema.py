"""Tells a JSON Schema to people: its type in words, its fields as rows, an example of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_LIMITS = (
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minimum", "≥ {}"),
    ("exclusiveMinimum", "> {}"),
    ("maximum", "≤ {}"),
    ("exclusiveMaximum", "< {}"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("maxProperties", "at most {} entries"),
    ("pattern", "matches {}"),
)
_MAX_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a schema, at its depth below the top."""

    depth: int
    name: str
    type: str
    is_required: bool
    notes: str


class Schemas:
    """The component schemas of a document."""

    def __init__(self, components: Mapping[str, Schema]) -> None:
        self._components = components

    def resolve(self, schema: Schema) -> Schema:
        """Return the schema itself, or what it refers to."""
        reference = schema.get("$ref")
        if reference is None:
            return schema
        return {**self._components[reference.rpartition("/")[2]], "$name": reference}

    def type_of(self, schema: Schema) -> str:
        """Return the type in words, e.g. `list of string, or null`."""
        schema = self.resolve(schema)
        members = schema.get("anyOf") or schema.get("oneOf")
        if members:
            return ", or ".join(dict.fromkeys(self.type_of(member) for member in members))
        if "const" in schema:
            return f'"{schema["const"]}"'
        if "enum" in schema:
            return " | ".join(f'"{value}"' for value in schema["enum"])
        kind = schema.get("type", "anything")
        if kind == "array":
            return f"list of {self.type_of(schema.get('items', {}))}"
        if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
            return f"map of {self.type_of(schema['additionalProperties'])}"
        return f"{kind} ({schema['format']})" if "format" in schema else str(kind)

    def rows(self, schema: Schema, depth: int = 0) -> Iterator[Row]:
        """Yield every field, parents before children; a schema inside itself stops at a depth."""
        schema = self._fields_of(schema)
        for variant in self._variants_of(schema):
            about = str(variant.get("description", ""))
            yield Row(
                depth=depth,
                name=str(variant.get("title", "object")),
                type="one of these",
                is_required=False,
                notes=about,
            )
            yield from self.rows(variant, depth + 1)
        for name, field in schema.get("properties", {}).items():
            yield Row(
                depth=depth,
                name=name,
                type=self.type_of(field),
                is_required=name in schema.get("required", ()),
                notes=self.notes_of(field),
            )
            if depth < _MAX_DEPTH:
                yield from self.rows(field, depth + 1)

    def notes_of(self, schema: Schema) -> str:
        """Return description, limits and default of a field as one line."""
        resolved = self._without_null(self.resolve(schema))
        notes = [str(schema["description"])] if "description" in schema else []
        # A format says in a word what its pattern says in signs.
        unsaid = {"pattern"} if "format" in resolved else set()
        notes += [
            "not empty" if (key, resolved[key]) == ("minLength", 1) else words.format(resolved[key])
            for key, words in _LIMITS
            if key in resolved and key not in unsaid
        ]
        default = schema.get("default")
        if default is not None and default not in ([], {}, ""):
            notes.append(f"default {default}")
        return " · ".join(note.rstrip(".") for note in notes)

    def example(self, schema: Schema, name: str = "value", depth: int = 0) -> Any:  # noqa: ANN401
        """Return a value of the schema's shape: required fields only, with `<name>` for texts."""
        schema = self._without_null(self.resolve(schema))
        for key in ("examples", "enum"):
            if schema.get(key):
                return schema[key][0]
        for key in ("default", "const"):
            if key in schema:
                return schema[key]
        members = schema.get("anyOf") or schema.get("oneOf")
        if members:
            return self.example(members[0], name, depth + 1)
        kind = schema.get("type")
        if kind == "object":
            required = schema.get("required", ()) if depth < _MAX_DEPTH else ()
            return {n: self.example(schema["properties"][n], n, depth + 1) for n in required}
        if kind == "array":
            return [self.example(schema.get("items", {}), name, depth + 1)]
        return {"integer": 1, "number": 1.5, "boolean": True}.get(str(kind), f"<{name}>")

    def _without_null(self, schema: Schema) -> Schema:
        """Return the one real member of a type that may also be null."""
        members = [m for m in schema.get("anyOf", ()) if m != {"type": "null"}]
        if len(members) != 1:
            return schema
        rest = {k: v for k, v in schema.items() if k != "anyOf"}
        return {**self.resolve(members[0]), **rest}

    def _variants_of(self, schema: Schema) -> list[Schema]:
        """Return the objects that a union chooses between."""
        members = [self.resolve(m) for m in schema.get("anyOf") or schema.get("oneOf") or ()]
        return [member for member in members if "properties" in member]

    def _fields_of(self, schema: Schema) -> Schema:
        """Return the schema whose properties are shown below a field, through lists and maps."""
        schema = self._without_null(self.resolve(schema))
        inner = schema.get("items") or schema.get("additionalProperties")
        return self._fields_of(inner) if isinstance(inner, Mapping) else schema
