"""The formula of a step, read from its own source, so that code, explanation and documentation cannot differ."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache

_SIGNS: dict[type[ast.AST], tuple[str, int]] = {
    ast.Add: ("+", 1),
    ast.Sub: ("−", 1),
    ast.Mult: ("×", 2),
    ast.Div: ("÷", 2),
    ast.Pow: ("^", 3),
}
_COMPARISONS: dict[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Gt: ">",
    ast.GtE: "≥",
    ast.Eq: "=",
    ast.NotEq: "≠",
}
_CHOICES = {
    "zh": "若 {0} 则 {1}，否则 {2}",
    "en": "{1} if {0}, otherwise {2}",
    "numbers": "({0}) ? {1} : {2}",
}
_FUNCTIONS = {
    "least": "min({0}, {1})",
    "greatest": "max({0}, {1})",
    "exponential": "e^({0})",
    "power": "({0})^({1})",
}


class NotAFormula(ValueError):  # noqa: N818 - what is wrong with a step, told to its author
    """The step does more than return one expression, or uses something that has no written form."""


@cache
def expression_of(step: Callable[..., object]) -> ast.expr:
    """The single expression a step returns.

    Raises:
        NotAFormula: it has other statements than a docstring and a return, or its source is not at hand.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(step)))
    except (OSError, TypeError, SyntaxError) as error:
        raise NotAFormula(f"The source of {step.__name__} cannot be read.") from error
    function = next((node for node in tree.body if isinstance(node, ast.FunctionDef)), None)
    body = function.body if function else []
    body = [
        line for line in body if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
    ]
    if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value:
        return body[0].value
    raise NotAFormula(f"{step.__name__} is not a single return of one expression.")


def written(expression: ast.expr, word: Callable[[str], str], language: str) -> str:
    """The expression as people write it in `zh` or `en`, or with `numbers` in place of words.

    `word` gives what stands for each argument.

    Raises:
        NotAFormula: an operation that has no written form here.
    """
    return _write(expression, word, language, 0)


def _write(node: ast.expr, word: Callable[[str], str], language: str, binding: int) -> str:
    if isinstance(node, ast.Name):
        return word(node.id)
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        sign, strength = _SIGNS[type(node.op)]
        left = _write(node.left, word, language, strength)
        right = _write(node.right, word, language, strength + (isinstance(node.op, ast.Sub | ast.Div)))
        return f"({left} {sign} {right})" if strength < binding else f"{left} {sign} {right}"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"−{_write(node.operand, word, language, 3)}"
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        sign = _COMPARISONS[type(node.ops[0])]
        return (
            f"{_write(node.left, word, language, 0)} {sign} {_write(node.comparators[0], word, language, 0)}"
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        parts = [_write(argument, word, language, 0) for argument in node.args]
        pattern = _CHOICES[language] if node.func.id == "choose" else _FUNCTIONS.get(node.func.id)
        if pattern:
            return pattern.format(*parts)
    raise NotAFormula(f"No written form for {ast.unparse(node)}.")
