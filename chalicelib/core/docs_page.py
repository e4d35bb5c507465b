"""The documentation page: the OpenAPI document as one HTML page, without scripts or other hosts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from chalicelib.core.docs_schema import Schema, Schemas
from chalicelib.core.openapi import JSON, PROBLEM, committed_text

_STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    )
}

# A green speech bubble, for the browser's tab.
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath"
    " fill='%230a7d5c' d='M2 2h12v9H7l-4 3v-3H2z'/%3E%3C/svg%3E"
)

Operation = Mapping[str, Any]


@cache
def page() -> str:
    """Return the page of the committed document."""
    return render(json.loads(committed_text()))


def render(document: Mapping[str, Any]) -> str:
    """Return an OpenAPI document as HTML."""
    document = _with_answers(document)
    info = document["info"]
    groups = _groups(document)
    title = f"{escape(info['title'])} API"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<link rel="icon" href="{_ICON}"><style>{_STYLE}</style></head>'
        '<body><a class="skip" href="#main">Skip to the routes</a>'
        f'<nav aria-label="Routes"><p class="brand">{title} <small>{escape(info["version"])}'
        f"</small></p>{_navigation(groups)}</nav>"
        f'<main id="main"><header><h1>{title}</h1>{_prose(info.get("description", ""))}'
        '<p><a href="/api/openapi.json">OpenAPI 3.1 document</a></p></header>'
        f"{''.join(_group(document, tag, routes) for tag, routes in groups.items())}"
        f"{_problems(document)}</main></body></html>\n"
    )


def _with_answers(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the document with the answers that it refers to in their places."""
    shared = document["components"].get("responses", {})

    def whole(operation: Operation) -> Operation:
        found = {
            status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
            for status, answer in operation["responses"].items()
        }
        return {**operation, "responses": found}

    paths = {
        path: {method: whole(operation) for method, operation in operations.items()}
        for path, operations in document["paths"].items()
    }
    return {**document, "paths": paths}


def _groups(document: Mapping[str, Any]) -> dict[str, list[tuple[str, str, Operation]]]:
    """Return (method, path, operation) by tag, in the order of the document's tags."""
    groups: dict[str, list[tuple[str, str, Operation]]] = {
        tag["name"]: [] for tag in document.get("tags", ())
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return groups


def _navigation(groups: Mapping[str, list[tuple[str, str, Operation]]]) -> str:
    parts = []
    for tag, routes in groups.items():
        links = "".join(
            f'<li><a href="#{escape(operation["operationId"])}">{_method(method)}'
            f"<span>{escape(operation['summary'])}</span></a></li>"
            for method, _, operation in routes
        )
        parts.append(
            f'<section><a class="tag" href="#tag-{escape(tag)}">{escape(tag)}</a>'
            f"<ul>{links}</ul></section>"
        )
    parts.append('<section><a class="tag" href="#errors">errors</a></section>')
    return "".join(parts)


def _group(document: Mapping[str, Any], tag: str, routes: list[tuple[str, str, Operation]]) -> str:
    about = {t["name"]: t.get("description", "") for t in document.get("tags", ())}
    articles = "".join(_article(document, *route) for route in routes)
    return (
        f'<section class="group" aria-labelledby="tag-{escape(tag)}">'
        f'<h2 id="tag-{escape(tag)}">{escape(tag.capitalize())}</h2>'
        f"{_prose(about.get(tag, ''))}{articles}</section>"
    )


def _article(document: Mapping[str, Any], method: str, path: str, operation: Operation) -> str:
    schemas = Schemas(document["components"]["schemas"])
    name = escape(operation["operationId"])
    access = "needs an access token" if operation.get("security") else "public"
    return (
        f'<article id="{name}"><h3><a href="#{name}" title="Link to this route">'
        f"{escape(operation['summary'])}</a></h3>"
        f'<p class="route">{_method(method)}<code>{_path(path)}</code>'
        f'<span class="access">{access}</span></p>'
        f"{_prose(operation.get('description', ''))}"
        f"{_parameters(schemas, operation)}{_body(schemas, operation)}"
        f"{_responses(schemas, operation)}"
        f"<h4>Example</h4><pre><code>{escape(curl(schemas, method, path, operation))}</code></pre>"
        "</article>"
    )


def _parameters(schemas: Schemas, operation: Operation) -> str:
    rows = [
        _row(
            0,
            parameter["name"],
            f"{parameter['in']}, {schemas.type_of(parameter['schema'])}",
            is_required=parameter.get("required", False),
            notes=schemas.notes_of({**parameter["schema"], **_only_description(parameter)}),
        )
        for parameter in operation.get("parameters", ())
    ]
    return f"<h4>Parameters</h4>{_table(rows)}" if rows else ""


def _only_description(parameter: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in parameter.items() if k == "description"}


def _body(schemas: Schemas, operation: Operation) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    parts = [
        f'<h4>Body <span class="kind">{escape(kind)}</span></h4>{_schema(schemas, media)}'
        for kind, media in content.items()
    ]
    return "".join(parts)


def _responses(schemas: Schemas, operation: Operation) -> str:
    good, bad = [], []
    for status, answer in operation["responses"].items():
        content = answer.get("content", {})
        line = f"<b>{escape(status)}</b> {_inline(answer['description'])}"
        if PROBLEM in content:
            bad.append(f"<li>{line}</li>")
            continue
        shown = "".join(_fields(schemas, media, is_answer=True) for media in content.values())
        if shown:
            good.append(f"<details><summary>{line}</summary>{shown}</details>")
        else:
            good.append(f"<p>{line}</p>")
    return (
        f'<h4>Answers</h4><div class="answers">{"".join(good)}</div>'
        f'<details class="bad"><summary>Errors: {_statuses(operation)}</summary>'
        f"<ul>{''.join(bad)}</ul></details>"
    )


def _statuses(operation: Operation) -> str:
    return ", ".join(
        escape(status)
        for status, answer in operation["responses"].items()
        if PROBLEM in answer.get("content", {})
    )


def _schema(schemas: Schemas, media: Mapping[str, Any]) -> str:
    """Return what a body is in words, and its fields."""
    if "schema" not in media:
        return _prose("The file itself.")
    about = schemas.resolve(media["schema"]).get("description", "")
    return _prose(about) + _fields(schemas, media)


def _fields(schemas: Schemas, media: Mapping[str, Any], *, is_answer: bool = False) -> str:
    """Return the fields of a body; those of an answer are there anyway, so none is `required`."""
    schema: Schema = media.get("schema", {})
    rows = [
        _row(r.depth, r.name, r.type, is_required=r.is_required and not is_answer, notes=r.notes)
        for r in schemas.rows(schema)
    ]
    return _table(rows) if rows else ""


def _problems(document: Mapping[str, Any]) -> str:
    schemas = Schemas(document["components"]["schemas"])
    shown = _schema(schemas, {"schema": {"$ref": "#/components/schemas/Problem"}})
    return (
        '<section class="group" aria-labelledby="errors"><h2 id="errors">Errors</h2><article>'
        f"<p>Every error is <code>{PROBLEM}</code> of this shape.</p>{shown}</article></section>"
    )


def _table(rows: list[str]) -> str:
    return f'<ul class="fields">{"".join(rows)}</ul>'


def _row(depth: int, name: str, kind: str, *, is_required: bool, notes: str) -> str:
    required = '<em class="required">required</em>' if is_required else ""
    return (
        f'<li class="depth-{depth}"><code>{escape(name)}</code>'
        f'<span class="kind">{escape(kind)}</span>{required}'
        f'<span class="notes">{_inline(notes)}</span></li>'
    )


def curl(schemas: Schemas, method: str, path: str, operation: Operation) -> str:
    """Return a curl command for the route; `$PARLEY` is the host, `$TOKEN` an access token."""
    where = re.sub(r"{(\w+)}", lambda m: "$" + m.group(1).upper(), path)
    parts = ["curl" if method == "GET" else f"curl -X {method}"]
    if operation.get("security"):
        parts.append('-H "Authorization: Bearer $TOKEN"')
    parts += _curl_body(schemas, operation.get("requestBody", {}).get("content", {}))
    return " \\\n  ".join([*parts, f'"$PARLEY{where}"'])


def _curl_body(schemas: Schemas, content: Mapping[str, Any]) -> Iterator[str]:
    if not content:
        return
    kind = next(iter(content))
    yield f'-H "Content-Type: {kind}"'
    if kind == JSON:
        example = schemas.example(content[kind].get("schema", {}))
        text = json.dumps(example, indent=2, ensure_ascii=False).replace("\n", "\n  ")
        yield f"-d '{text.replace(chr(39), chr(39) * 2)}'"
    else:
        yield "--data-binary @file"


def _method(method: str) -> str:
    return f'<span class="method {method.lower()}">{escape(method)}</span>'


def _path(path: str) -> str:
    """Return a path with its parameters marked; it may break after each slash."""
    marked = re.sub(r"({\w+})", r"<i>\1</i>", escape(path))
    return re.sub(r"/(?!i>)", "/<wbr>", marked)


def _prose(text: str) -> str:
    """Return paragraphs; `code` and nothing else of Markdown is known."""
    return "".join(f"<p>{_inline(part)}</p>" for part in text.split("\n\n") if part.strip())


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
