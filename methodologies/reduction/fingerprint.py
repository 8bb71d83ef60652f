"""The digest of everything that decides a methodology's results: formulas, numbers, limits and terms.

Words, comments and documentation do not enter, so that a better sentence needs no new version; a changed figure does.
"""

import ast
import hashlib
import inspect
import json
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import FunctionType
from typing import Any

from carbon.rounding import plain
from methodologies.factors.gwp import gwp
from methodologies.reduction.catalogue import methodologies
from methodologies.reduction.credits import closed, vintages
from methodologies.reduction.frame import Methodology

_ROOMS = ("methodologies.", "carbon.columns")


@cache
def fingerprint(methodology_id: str) -> str:
    """SHA-256 (hexadecimal) of a methodology as this program holds it."""
    return fingerprint_of(methodologies()[methodology_id])


def fingerprint_of(method: Methodology) -> str:
    """The same of a methodology in hand."""
    text = json.dumps(_content(method), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _content(method: Methodology) -> dict[str, Any]:
    terms = method.terms
    return {
        "id": method.id,
        "gwp_set": method.gwp_set,
        "gwp": {
            spec.gas: {name: plain(gwp(spec.gas, name)) for name in ("AR4", "AR5", "AR6")}
            for spec in method.fields.values()
            if spec.gas
        },
        "routes": {
            id_: {
                "year": _rule(route.year),
                "rows": {table: _rule(rule) for table, rule in route.rows.items()},
                "totals": {
                    name: [total.table, total.step, total.unit] for name, total in route.totals.items()
                },
            }
            for id_, route in method.routes.items()
        },
        "fields": {spec.id: _limits(spec) for spec in method.fields.values()},
        "values": {
            parameter.id: [
                [parameter.unit, *[str(part) for part in (value.value, value.starts_on, value.ends_on)]]
                for value in parameter.values
            ]
            for parameter in method.values.values()
        },
        "conditions": {
            condition.id: [
                list(condition.routes),
                _formulas(condition.predicate) if condition.predicate else {},
            ]
            for condition in method.conditions.values()
        },
        "row_counts": {table: _formulas(counts) for table, counts in method.row_counts.items()},
        "terms": [
            terms.longest_years,
            str(terms.reductions_after),
            terms.has_buffer,
            dict(terms.accumulates),
        ],
        "closing": [_formulas(closed), _formulas(vintages)],
    }


def _rule(rule: Any) -> dict[str, Any]:
    return {name: [rule.terms[name].unit, _formulas(step)] for name, step in rule.steps.items()}


def _limits(spec: Any) -> list[str]:
    names = (
        "unit",
        "computed_in",
        "per",
        "least",
        "most",
        "above",
        "by",
        "absent",
        "fixed",
        "rounds_up",
        "gas",
    )
    return [*(str(getattr(spec, name)) for name in names), ",".join(spec.choices or ())]


def _formulas(function: Callable[..., Any]) -> dict[str, str]:
    """The function and every function of the methodologies it calls, each as its syntax tree."""
    found: dict[str, str] = {}
    waiting = [function]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, FunctionType) or one.__qualname__ in found:
            continue
        tree = _tree(one)
        found[one.__qualname__] = ast.dump(tree, annotate_fields=False)
        waiting += list(_called(one, tree))
    return found


def _tree(function: FunctionType) -> ast.Module:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            if ast.get_docstring(node):
                node.body = node.body[1:] or [ast.Pass()]
        elif isinstance(node, ast.arg):
            node.annotation = None
    return tree


def _called(function: FunctionType, tree: ast.Module) -> Iterator[Callable[..., Any]]:
    names: Mapping[str, Any] = function.__globals__
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            other = names[node.id]
            if isinstance(other, FunctionType) and other.__module__.startswith(_ROOMS):
                yield other
