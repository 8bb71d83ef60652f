"""A rule's page, written from the same functions and words that run it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from carbon.parameters import Parameter, held_until
from carbon.rounding import plain
from carbon.text import Text

if TYPE_CHECKING:  # a rule asks for its page, so its type is only known to the reader
    from carbon.rules import Rule, Term

_WORDS = {
    "version": Text("版本", "Version"),
    "steps": Text("计算步骤", "Steps"),
    "inputs": Text("填报数据", "What is reported"),
    "parameters": Text("参数", "Parameters"),
    "values": Text("参数取值", "Values"),
    "name": Text("名称", "Name"),
    "symbol": Text("代号", "Symbol"),
    "unit": Text("单位", "Unit"),
    "value": Text("数值", "Value"),
    "from": Text("自", "From"),
    "until": Text("至", "Until"),
    "place": Text("地区", "Place"),
    "document": Text("出处", "Source"),
    "confidence": Text("可信度", "Confidence"),
}


def page(rule: "Rule", language: str, values: Mapping[str, Parameter] | None = None) -> str:
    """The rule in Markdown, in `zh` or `en`, with the dated values of `values` if given."""
    return "\n".join(_page(rule, language, values or {})) + "\n"


def _page(rule: "Rule", language: str, values: Mapping[str, Parameter]) -> Iterable[str]:
    def word(key: str) -> str:
        return _WORDS[key].in_language(language)

    yield f"# {rule.name.in_language(language)}\n"
    yield f"`{rule.id}` · {word('version')} {rule.version}\n"
    if rule.about:
        yield f"{rule.about.in_language(language)}\n"
    yield f"## {word('steps')}\n"
    for name in rule.order:
        term = rule.terms[name]
        yield f"- **{term.name.in_language(language)}** ({term.unit}) = {rule.formulas[name].in_language(language)}"
    for title, terms in (("inputs", rule.inputs), ("parameters", rule.parameters)):
        yield f"\n## {word(title)}\n"
        yield _row([word("name"), word("symbol"), word("unit")]) + "\n| --- | --- | --- |"
        yield from (_term_row(name, term, language) for name, term in terms.items())
    if values:
        heads = ("symbol", "value", "unit", "from", "until", "place", "document", "confidence")
        yield f"\n## {word('values')}\n"
        yield _row([word(head) for head in heads]) + "\n" + "| --- " * len(heads) + "|"
        for parameter in values.values():
            yield from _value_rows(parameter, language)


def _term_row(name: str, term: "Term", language: str) -> str:
    return _row([term.name.in_language(language), f"`{name}`", term.unit])


def _value_rows(parameter: Parameter, language: str) -> Iterable[str]:
    for value in parameter.values:
        ends_on = held_until(value, parameter)
        yield _row(
            [
                f"`{parameter.id}`",
                plain(value.value),
                parameter.unit,
                value.starts_on.isoformat(),
                ends_on.isoformat() if ends_on else "",
                value.region or "",
                f"{value.source.document.in_language(language)} {value.source.clause or ''}".strip(),
                value.source.confidence.label.in_language(language),
            ]
        )


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
