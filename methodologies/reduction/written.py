"""A methodology that is a TOML alone: its formulas are written as text under `[expressions]`.

The text may hold names, numbers, + − × ÷ and the functions of `carbon.columns`; it becomes the same step functions that a
module would have, so units, explanation and documentation are checked and written alike.
"""

import ast
import linecache
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from carbon import columns
from carbon.parameters import content_of
from methodologies.reduction.frame import Methodology, methodology
from methodologies.reduction.schema import MethodologyFault

_FUNCTIONS = {
    name: getattr(columns, name) for name in ("choose", "least", "greatest", "exponential", "power")
}
_ALLOWED = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.Compare,
    ast.Call,
    ast.Name,
    ast.Load,
    ast.operator,
    ast.unaryop,
    ast.cmpop,
)


def step(name: str, expression: str, where: str) -> Callable[..., Any]:
    """The step function an expression stands for; its arguments are the names in it, in order.

    Raises:
        MethodologyFault: the text is no such expression.
    """
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError as fault:
        raise MethodologyFault(f"{where} [expressions.{name}]: “{expression}” is no formula.") from fault
    for node in ast.walk(tree):
        number = isinstance(node, ast.Constant) and type(node.value) is int
        called = isinstance(node, ast.Call) and not (
            isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS and not node.keywords
        )
        if called or not (number or isinstance(node, _ALLOWED)):
            raise MethodologyFault(
                f"{where} [expressions.{name}]: {ast.unparse(node)} may not stand in a formula."
            )
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id not in _FUNCTIONS]
    source = f"def {name}({', '.join(dict.fromkeys(names))}):\n    return {ast.unparse(tree)}\n"
    file = f"<{where} {name}>"
    made: dict[str, Any] = {}
    exec(compile(source, file, "exec"), dict(_FUNCTIONS), made)  # noqa: S102 - packaged text, walked above
    # The formula in words is read from the source, so the source must be found.
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    function: Callable[..., Any] = made[name]
    return function


def written(package: str, name: str) -> Methodology:
    """The methodology of a TOML with `[expressions.ROUTE]` for the year and `[rows.TABLE]` for its tables.

    Raises:
        MethodologyFault, RuleFault: as `methodology`, or an expression that is none.
    """
    content = content_of(package, f"{name}.toml")

    def steps(part: str, table: Mapping[str, str]) -> dict[str, Callable[..., Any]]:
        return {id_: step(id_, expression, f"{name}.{part}") for id_, expression in table.items()}

    return methodology(
        package,
        name,
        year={route: steps(route, table) for route, table in content["expressions"].items()},
        rows={table: steps(table, formulas) for table, formulas in content.get("rows", {}).items()},
    )


def written_names(package: str) -> list[str]:
    """The packaged TOML files that hold their own formulas."""
    files = [file.name for file in resources.files(package).iterdir() if file.name.endswith(".toml")]
    return sorted(name.removesuffix(".toml") for name in files if "expressions" in content_of(package, name))
