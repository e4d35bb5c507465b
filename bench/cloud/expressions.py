"""DynamoDB's expressions, compiled once for each text: conditions, updates and their functions.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
Attributes are top-level only, which is all that the engine uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

Item = dict[str, dict[str, Any]]
Values = Mapping[str, dict[str, Any]]
Test = Callable[[Item, Values], bool]
Operand = Callable[[Item, Values], "dict[str, Any] | None"]
Change = Callable[[Item, Item, Values], None]

_TOKEN = re.compile(r"\s*(<=|>=|<>|[=<>(),+\-]|[:#][A-Za-z0-9_]+|[A-Za-z_][A-Za-z0-9_]*)")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_KEYWORDS = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"})


class UnknownExpressionError(Exception):
    """An expression that this does not know: the bench must be taught it."""


def comparable(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a number or a text
    """Return a typed value as something that compares as DynamoDB compares it."""
    (kind, raw), *_ = value.items()
    return Decimal(raw) if kind == "N" else raw


class _Parser:
    """A recursive descent through one expression."""

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        self._tokens = _tokens(text)
        self._names = names
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def take(self, wanted: str) -> bool:
        if self.peek().upper() == wanted:
            self._at += 1
            return True
        return False

    def expect(self, wanted: str) -> None:
        if not self.take(wanted):
            raise UnknownExpressionError(f"{wanted} expected in {' '.join(self._tokens)}")

    def name(self) -> str:
        token = self.next()
        return self._names[token] if token.startswith("#") else token

    # ---- conditions

    def either(self) -> Test:
        tests = [self.both()]
        while self.take("OR"):
            tests.append(self.both())
        return tests[0] if len(tests) == 1 else lambda i, v: any(test(i, v) for test in tests)

    def both(self) -> Test:
        tests = [self.one()]
        while self.take("AND"):
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else lambda i, v: all(test(i, v) for test in tests)

    def one(self) -> Test:
        if self.take("NOT"):
            test = self.one()
            return lambda i, v: not test(i, v)
        if self.take("("):
            inner = self.either()
            self.expect(")")
            return inner
        if self._tokens[self._at + 1 : self._at + 2] == ["("] and self.peek() in _FUNCTIONS:
            return self.function()
        return self.comparison()

    def function(self) -> Test:
        kind = self.next()
        self.expect("(")
        name = self.name()
        if kind == "begins_with":
            self.expect(",")
            prefix = self.operand()
            self.expect(")")
            return lambda i, v: name in i and i[name]["S"].startswith((prefix(i, v) or {})["S"])
        self.expect(")")
        if kind == "attribute_exists":
            return lambda i, _v: name in i
        return lambda i, _v: name not in i

    def comparison(self) -> Test:
        left = self.operand()
        if self.take("IN"):
            self.expect("(")
            options = [self.operand()]
            while self.take(","):
                options.append(self.operand())
            self.expect(")")
            return lambda i, v: left(i, v) in [option(i, v) for option in options]
        if self.take("BETWEEN"):
            low = self.operand()
            self.expect("AND")
            high = self.operand()
            return lambda i, v: (
                _compare("<=", low(i, v), left(i, v)) and _compare("<=", left(i, v), high(i, v))
            )
        sign = self.next()
        right = self.operand()
        return lambda i, v: _compare(sign, left(i, v), right(i, v))

    # ---- operands

    def operand(self) -> Operand:
        word = self.peek()
        if word == "if_not_exists":
            self.next()
            self.expect("(")
            name = self.name()
            self.expect(",")
            other = self.operand()
            self.expect(")")
            return lambda i, v: i[name] if name in i else other(i, v)
        if word.startswith(":"):
            self.next()
            return lambda _i, v: v[word]
        name = self.name()
        if name.upper() in _KEYWORDS:
            raise UnknownExpressionError(f"an operand expected, not {name}")
        return lambda i, _v: i.get(name)

    def value(self) -> Operand:
        left = self.operand()
        if self.peek() not in {"+", "-"}:
            return left
        factor = 1 if self.next() == "+" else -1
        right = self.operand()

        def total(item: Item, values: Values) -> dict[str, Any]:
            one, other = left(item, values), right(item, values)
            if one is None or other is None:
                raise UnknownExpressionError("an operand of an addition is missing")
            return {"N": str(Decimal(one["N"]) + factor * Decimal(other["N"]))}

        return total

    # ---- updates

    def changes(self) -> list[Change]:
        found: list[Change] = []
        while self.peek():
            clause = self.next().upper()
            one = {"SET": self.set, "REMOVE": self.remove, "ADD": self.add}[clause]
            found.append(one())
            while self.take(","):
                found.append(one())
        return found

    def set(self) -> Change:
        name = self.name()
        self.expect("=")
        value = self.value()

        def change(before: Item, after: Item, values: Values) -> None:
            new = value(before, values)
            if new is None:
                raise UnknownExpressionError(f"{name} is set to an attribute that is not there")
            after[name] = new

        return change

    def remove(self) -> Change:
        name = self.name()

        def change(_before: Item, after: Item, _values: Values) -> None:
            after.pop(name, None)

        return change

    def add(self) -> Change:
        name, value = self.name(), self.next()

        def change(before: Item, after: Item, values: Values) -> None:
            old = Decimal(before[name]["N"]) if name in before else Decimal(0)
            after[name] = {"N": str(old + Decimal(values[value]["N"]))}

        return change


_FUNCTIONS = frozenset({"attribute_exists", "attribute_not_exists", "begins_with"})


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise UnknownExpressionError(f"cannot be read: {text[at:]}")
        tokens.append(found[1])
        at = found.end()
    return tokens


def _compare(sign: str, left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> bool:
    if left is None or right is None:
        return False
    if left.keys() != right.keys():
        return sign == "<>"
    return _COMPARE[sign](comparable(left), comparable(right))


@lru_cache(maxsize=4096)
def _condition(text: str, names: tuple[tuple[str, str], ...]) -> Test:
    return _Parser(text, dict(names)).either()


@lru_cache(maxsize=4096)
def _update(text: str, names: tuple[tuple[str, str], ...]) -> tuple[Change, ...]:
    return tuple(_Parser(text, dict(names)).changes())


def holds(text: str | None, item: Item, names: Mapping[str, str], values: Values) -> bool:
    """Tell whether the condition `text` holds for `item` (empty: no item is there)."""
    return text is None or _condition(text, tuple(names.items()))(item, values)


def updated(text: str | None, item: Item, names: Mapping[str, str], values: Values) -> Item:
    """Return the item as the update expression `text` leaves it."""
    after = dict(item)
    for change in _update(text or "", tuple(names.items())):
        change(item, after, values)
    return after
