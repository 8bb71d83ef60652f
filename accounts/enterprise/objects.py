"""JSON: a list of objects, one per activity, or an object that holds such a list under `activities`."""

import json
from typing import Any

from accounts.enterprise.sheets import Sheet, text_frame
from carbon.errors import N_, Finding, Problem

DEPTH = 32
_LIST_NAMES = ("activities", "rows", "data")


def read_objects(content: bytes, name: str) -> tuple[Sheet, tuple[Finding, ...]]:
    """The table of a JSON file; row 1 is the first object.

    Numbers keep their digits as written. Duplicate keys, NaN and infinities are refused (INP-3).

    Raises:
        Problem: no JSON, no list of objects, or a value that is neither text, number nor empty.
    """
    document = _parse(content, name)
    objects = _objects(document, name)
    headings = tuple(dict.fromkeys(key for entry in objects for key in entry))
    rows = [
        [_text(entry.get(key), key, number) for key in headings]
        for number, entry in enumerate(objects, start=1)
    ]
    return Sheet(None, headings, text_frame(rows, len(headings)), first_row=1), ()


def _parse(content: bytes, name: str) -> Any:
    try:
        text = content.decode("utf-8-sig")
        if _depth(text) > DEPTH:
            raise Problem(
                N_("{name} nests deeper than {limit} levels; a list of objects needs two."),
                name=name,
                limit=DEPTH,
            )
        return json.loads(
            text,
            parse_float=str,
            parse_int=str,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_twins,
        )
    except UnicodeDecodeError as error:
        raise Problem(N_("{name} is not UTF-8, which JSON must be."), name=name) from error
    except json.JSONDecodeError as error:
        raise Problem(
            N_("{name} is no valid JSON: {reason} at line {line}, column {column}."),
            name=name,
            reason=error.msg,
            line=error.lineno,
            column=error.colno,
        ) from error


def _depth(text: str) -> int:
    """Deepest nesting, counted without building anything; brackets inside strings count too, which only errs
    on the careful side for texts with more than 30 of them unclosed.
    """
    deepest = level = 0
    for character in text:
        if character in "[{":
            level += 1
            deepest = max(deepest, level)
        elif character in "]}":
            level -= 1
    return deepest


def _refuse_constant(constant: str) -> None:
    raise Problem(N_("{value} is no number. Give the amount, or a notation key such as NE."), value=constant)


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Problem(N_("The key {key} appears twice in one object. Keep one of them."), key=key[:100])
        found[key] = value
    return found


def _objects(document: Any, name: str) -> list[dict[str, Any]]:
    if isinstance(document, dict):
        document = next((document[key] for key in _LIST_NAMES if key in document), document)
    if not isinstance(document, list) or not all(isinstance(entry, dict) for entry in document):
        raise Problem(
            N_('{name} must hold a list of objects: [{{"period": "2024-03", "source": …}}, …].'), name=name
        )
    if not document:
        raise Problem(N_("{name} is empty. Fill in the template and upload it again."), name=name)
    return document


def _text(value: Any, key: str, number: int) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise Problem(
        N_("Object {row}, {key}: a text or a number is expected, not {kind}."),
        row=number,
        key=key[:100],
        kind={"list": "a list", "dict": "an object", "bool": "true or false"}.get(
            type(value).__name__, "this"
        ),
    )
