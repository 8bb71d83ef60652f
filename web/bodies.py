"""Reading what is sent, strictly: JSON without tricks, forms without odd charsets, text without NUL (INP-2, INP-3)."""

import json
import re
import unicodedata
from typing import Any, NoReturn, cast

from litestar import Request
from litestar.datastructures.multi_dicts import FormMultiDict

from carbon.errors import N_, Problem
from web.problems import Unreadable

JSON_DEPTH = 32
DIGITS = 40
"""Digits a whole number in JSON may have; amounts are int64, so more is a mistake or an attack."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class StrictRequest(Request[Any, Any, Any]):
    """Litestar's request with our reading of JSON and forms."""

    async def json(self) -> Any:
        """The JSON body, read once.

        Raises:
            Unreadable: it is not JSON as we take it; the message says why.
        """
        state = self._connection_state
        if not isinstance(state.json, _Read):
            state.json = _Read(read_json(await self.body()))
        return state.json.value

    async def form(self) -> FormMultiDict:
        """The form, its texts normalised.

        Raises:
            Unreadable: a charset or a boundary nobody can read.
        """
        try:
            form = await super().form()
        except (LookupError, UnicodeError, ValueError, RecursionError) as error:
            raise Unreadable(N_("The form cannot be read; send it as UTF-8.")) from error
        kept: dict[str, Any] = {}
        for name, value in form.multi_items():
            text = checked_text(value, at=name) if isinstance(value, str) else value
            kept.setdefault(checked_text(name, at="form"), []).append(text)
        single = {name: values[0] if len(values) == 1 else values for name, values in kept.items()}
        self._connection_state.form = single
        self._form = FormMultiDict.from_form_data(single)
        return self._form

    async def take_form(self, secret: str) -> dict[str, Any]:
        """The form's fields; the one named `secret` is then hidden from the handler, which knows no such field."""
        form = await self.form()
        fields = dict(form.items())
        kept: dict[str, Any] = dict(cast("dict[str, Any]", self._connection_state.form))
        remaining = {name: value for name, value in kept.items() if name != secret}
        self._connection_state.form = remaining
        self._form = FormMultiDict.from_form_data(remaining)
        return fields


class _Read:
    """Marks a body that was read by us, since `null` is a value too."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def checked_text(text: str, *, at: str | None = None) -> str:
    """The text, NFC-normalised.

    Raises:
        Problem: it holds NUL, control characters or half a surrogate pair.
    """
    if _CONTROL.search(text):
        raise Problem(N_("The text holds a control character that cannot be kept; remove it."), at=at)
    return unicodedata.normalize("NFC", text)


def read_json(body: bytes) -> Any:
    """JSON of at most 32 levels in UTF-8, no key twice, no NaN, texts normalised; nothing at all is None.

    Raises:
        Unreadable: names the rule that was broken.
    """
    if not body:
        return None
    if _depth(body) > JSON_DEPTH:
        raise Unreadable(N_("The JSON is nested more than {depth} levels deep."), depth=JSON_DEPTH)
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=_whole,
            parse_float=_decimal,
        )
    except UnicodeDecodeError as error:
        raise Unreadable(N_("The body is not UTF-8 text.")) from error
    except json.JSONDecodeError as error:
        raise Unreadable(
            N_("The body is not JSON: line {line}, column {column}."), line=error.lineno, column=error.colno
        ) from error
    return _normalised(value)


_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\{]|[\]\}]', re.DOTALL)


def _depth(body: bytes) -> int:
    """Deepest nesting, counted outside texts, before the parser sees it."""
    depth = deepest = 0
    for token in _STRUCTURE.finditer(body):
        first = token.group()[:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Unreadable(N_("The key {key} occurs twice in one object."), key=key[:80], at=key[:80])
        found[key] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise Unreadable(N_("{name} is no number here."), name=name)


def _whole(digits: str) -> int:
    if len(digits) > DIGITS:
        raise Unreadable(N_("A number has more than {digits} digits."), digits=DIGITS)
    return int(digits)


def _decimal(text: str) -> float:
    value = float(text) if len(text) <= 2 * DIGITS else float("inf")
    if value in {float("inf"), float("-inf")}:
        raise Unreadable(N_("A number has more than {digits} digits."), digits=DIGITS)
    return value


def _normalised(value: Any, at: str | None = None) -> Any:
    if isinstance(value, str):
        return checked_text(value, at=at)
    if isinstance(value, list):
        return [_normalised(part, at) for part in value]
    if isinstance(value, dict):
        return {checked_text(key, at=at): _normalised(part, key) for key, part in value.items()}
    return value
