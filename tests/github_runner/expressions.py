"""The part of GitHub's expression language that actions of this project may use.

Values are None, bool, float and str; contexts are nested mappings. Source of the coercions: "Evaluate expressions in
workflows and actions", GitHub docs, section Operators.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from github_runner.definition import NotModelledError

TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<operator>==|!=|&&|\|\||!|\(|\)|\.|,)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*))"
)
PLACEHOLDER = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
STATUS_FUNCTIONS = ("success", "failure", "cancelled", "always")
WORDS = {"true": True, "false": False, "null": None}

Value = None | bool | float | str


def tokenize(text: str) -> list[tuple[str, str]]:
    tokens = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = TOKEN.match(text, position)
        if not match or match.lastgroup is None:
            raise NotModelledError(f"expression {text!r} at {text[position:]!r}")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


def is_true(value: Value) -> bool:
    return bool(value) and value == value  # noqa: PLR0124 -- NaN is false, too


def to_number(value: Value) -> float:
    if value is None or value == "":
        return 0.0
    try:
        return float(value)
    except ValueError:
        return math.nan


def is_equal(left: Value, right: Value) -> bool:
    """Text is compared without regard to case; different types are compared as numbers."""
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    if type(left) is type(right):
        return left == right
    return to_number(left) == to_number(right)


def to_text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else value


class Expression:
    """One expression, evaluated while it is parsed: `&&` and `||` give an operand, not a truth value."""

    def __init__(
        self, text: str, contexts: Mapping[str, Any], functions: Mapping[str, Callable[[], bool]] | None = None
    ) -> None:
        self._text = text
        self._tokens = tokenize(text)
        self._contexts = contexts
        self._functions = functions or {}
        self._next = 0

    def evaluate(self) -> Value:
        value = self._either()
        if self._next != len(self._tokens):
            raise NotModelledError(f"expression {self._text!r} after {self._tokens[self._next - 1][1]!r}")
        return value

    def _accept(self, *operators: str) -> str | None:
        if self._next < len(self._tokens):
            kind, text = self._tokens[self._next]
            if kind == "operator" and text in operators:
                self._next += 1
                return text
        return None

    def _expect(self, operator: str) -> None:
        if not self._accept(operator):
            raise NotModelledError(f"expression {self._text!r}: no {operator!r} where one is needed")

    def _either(self) -> Value:
        value = self._both()
        while self._accept("||"):
            other = self._both()
            value = value if is_true(value) else other
        return value

    def _both(self) -> Value:
        value = self._comparison()
        while self._accept("&&"):
            other = self._comparison()
            value = other if is_true(value) else value
        return value

    def _comparison(self) -> Value:
        value = self._negation()
        while operator := self._accept("==", "!="):
            value = is_equal(value, self._negation()) is (operator == "==")
        return value

    def _negation(self) -> Value:
        if self._accept("!"):
            return not is_true(self._negation())
        if self._accept("("):
            value = self._either()
            self._expect(")")
            return value
        return self._primary()

    def _primary(self) -> Value:
        if self._next >= len(self._tokens):
            raise NotModelledError(f"expression {self._text!r} ends too early")
        kind, text = self._tokens[self._next]
        self._next += 1
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text)
        if kind != "name":
            raise NotModelledError(f"expression {self._text!r} at {text!r}")
        if text in WORDS:
            return WORDS[text]
        if self._accept("("):
            if text.casefold() == "tojson":
                return self._as_json()
            self._expect(")")
            if text not in self._functions:
                raise NotModelledError(f"function {text}()")
            return self._functions[text]()
        return self._path(text)

    def _as_json(self) -> str:
        """`toJSON(context)`: indented, as the runner writes it."""
        kind, name = self._tokens[self._next] if self._next < len(self._tokens) else ("", "")
        if kind != "name":
            raise NotModelledError(f"expression {self._text!r}: toJSON of something that is no context")
        self._next += 1
        self._expect(")")
        return json.dumps(self._lookup(self._contexts, name), indent=2)

    def _path(self, name: str) -> Value:
        value: Any = self._lookup(self._contexts, name)
        while self._accept("."):
            kind, key = self._tokens[self._next] if self._next < len(self._tokens) else ("", "")
            if kind != "name":
                raise NotModelledError(f"expression {self._text!r} after a dot")
            self._next += 1
            value = self._lookup(value, key)
        if isinstance(value, Mapping):
            raise NotModelledError(f"{self._text!r} gives an object")
        return value

    def _lookup(self, holder: Any, key: str) -> Any:
        """A context says by its type whether a missing key is null (step outputs) or a mistake (all else)."""
        if not isinstance(holder, Mapping):
            raise NotModelledError(f"{self._text!r}: {key!r} of something that has no parts")
        try:
            return holder[key]
        except KeyError:
            raise NotModelledError(f"{self._text!r}: there is no {key!r}") from None


class Lenient(dict[str, Any]):
    """A context in which a missing key is null, like the outputs of a step."""

    def __missing__(self, key: str) -> None:
        return None


def interpolate(text: str, contexts: Mapping[str, Any]) -> str:
    return PLACEHOLDER.sub(lambda match: to_text(Expression(match[1], contexts).evaluate()), text)


def holds(condition: str, contexts: Mapping[str, Any], functions: Mapping[str, Callable[[], bool]]) -> bool:
    """Whether a step's `if:` lets it run; without a status function in it, `success()` is required as well."""
    match = PLACEHOLDER.fullmatch(condition.strip())
    text = match[1] if match else condition
    if PLACEHOLDER.search(text):
        raise NotModelledError(f"condition {condition!r} with text around an expression is always true")
    value = not text.strip() or is_true(Expression(text, contexts, functions).evaluate())
    names = {token for kind, token in tokenize(text) if kind == "name"}
    return value if names & set(STATUS_FUNCTIONS) else functions["success"]() and value
