"""A methodology's page and the empty report to fill in, both written from what runs it."""

from collections.abc import Iterable, Iterator

from carbon.rounding import plain
from carbon.text import Text
from methodologies.reduction.frame import Methodology, Route
from methodologies.reduction.schema import PROJECT, YEAR, Field

_WORDS = {
    "label": Text("方法学标签", "Scheme label"),
    "none": Text("无（公式未核对发布文本）", "none (formulas not confirmed from the issued text)"),
    "formulas": Text("公式可信度", "Formulas"),
    "conditions": Text("适用条件", "Applicability"),
    "route": Text("计算路径", "Route"),
    "monitored": Text("监测与填报数据", "What is monitored and given"),
    "values": Text("缺省值", "Published defaults"),
    "crediting": Text("计入期", "Crediting period"),
    "additionality": Text("额外性", "Additionality"),
    "permanence": Text("非持久性", "Permanence"),
    "gaps": Text("尚缺", "Gaps"),
    "name": Text("名称", "Name"),
    "field": Text("字段", "Field"),
    "symbol": Text("代号", "Symbol"),
    "unit": Text("单位", "Unit"),
    "per": Text("按", "Per"),
    "limits": Text("范围", "Limits"),
    "default": Text("缺省", "Default"),
    "note": Text("说明", "Note"),
    "value": Text("数值", "Value"),
    "from": Text("自", "From"),
    "document": Text("出处", "Source"),
    "confidence": Text("可信度", "Confidence"),
    "project": Text("项目", "project"),
    "year": Text("年", "year"),
    "published": Text("有", "published"),
    "absent": Text("未填按 {} 计", "taken as {} if not given"),
    "required": Text("必填", "required"),
    "recalled": Text(
        "必填（凭记忆为 {}，报告写明 recalled = true 才采用）",
        "required (recalled as {}; used only if the report says recalled = true)",
    ),
}


def document(method: Methodology, language: str) -> str:
    """The page in Markdown, in `zh` or `en`."""
    return "\n".join(_page(method, language)) + "\n"


def _word(key: str, language: str) -> str:
    return _WORDS[key].in_language(language)


def _page(method: Methodology, language: str) -> Iterator[str]:
    terms = method.terms
    yield f"# {method.name.in_language(language)}\n"
    yield f"`{method.id}` · {method.code} · {method.version}\n"
    yield f"{method.about.in_language(language)}\n"
    yield f"- **{_word('label', language)}**: {method.label or _word('none', language)}"
    for title, term in (
        ("crediting", terms.crediting),
        ("additionality", terms.additionality),
        ("permanence", terms.permanence),
    ):
        said = f"{term.text.in_language(language)} ({term.confidence.label.in_language(language)})"
        yield f"- **{_word(title, language)}**: {said}"
    yield f"\n## {_word('conditions', language)}\n"
    for condition in method.conditions.values():
        said = condition.confidence.label.in_language(language)
        yield f"- `{condition.id}` {condition.name.in_language(language)} ({said})"
    for id_, route in method.routes.items():
        yield from _route(id_, route, language)
    yield f"\n## {_word('monitored', language)}\n"
    yield from _fields(method, language)
    yield from _values(method, language)
    if terms.gaps:
        yield f"\n## {_word('gaps', language)}\n"
        yield from (f"- {gap.in_language(language)}" for gap in terms.gaps)


def _route(id_: str, route: Route, language: str) -> Iterator[str]:
    yield f"\n## {_word('route', language)} `{id_}`: {route.name.in_language(language)}\n"
    yield f"{_word('formulas', language)}: {route.confidence.label.in_language(language)}\n"
    for rule in (*route.rows.values(), route.year):
        for name in rule.order:
            term = rule.terms[name]
            formula = rule.formulas[name].in_language(language)
            yield f"- `{name}` **{term.name.in_language(language)}** ({term.unit}) = {formula}"


def _fields(method: Methodology, language: str) -> Iterator[str]:
    heads = ("field", "name", "symbol", "unit", "per", "limits", "default", "note")
    yield _row(_word(head, language) for head in heads)
    yield "| --- " * len(heads) + "|"
    for spec in method.fields.values():
        if spec.is_reported:
            per = (
                method.tables[spec.per].in_language(language)
                if spec.per in method.tables
                else _word(spec.per, language)
            )
            yield _row(
                [
                    f"`{spec.id}`",
                    spec.name.in_language(language),
                    spec.symbol or "",
                    spec.unit,
                    per,
                    _limits(spec, language),
                    _default(method, spec, language),
                    spec.note.in_language(language) if spec.note else "",
                ]
            )


def _limits(spec: Field, language: str) -> str:
    if spec.choices:
        return ", ".join(f"`{id_}` {name.in_language(language)}" for id_, name in spec.choices.items())
    low = (
        f"> {plain(spec.above)}"
        if spec.above is not None
        else f"≥ {plain(spec.least)}"
        if spec.least is not None
        else ""
    )
    return " ".join(part for part in (low, f"≤ {plain(spec.most)}" if spec.most is not None else "") if part)


def _default(method: Methodology, spec: Field, language: str) -> str:
    if any(id_ == spec.id or id_.startswith(f"{spec.id}.") for id_ in method.values):
        return _word("published", language)
    if spec.absent is not None:
        return _word("absent", language).format(plain(spec.absent))
    if spec.recalled:
        return _word("recalled", language).format(spec.recalled.in_language(language))
    return "" if spec.choices else _word("required", language)


def _values(method: Methodology, language: str) -> Iterator[str]:
    heads = ("field", "value", "unit", "from", "document", "confidence")
    yield f"\n## {_word('values', language)}\n"
    yield _row(_word(head, language) for head in heads)
    yield "| --- " * len(heads) + "|"
    for parameter in method.values.values():
        for value in parameter.values:
            source = value.source
            yield _row(
                [
                    f"`{parameter.id}`",
                    plain(value.value),
                    parameter.unit,
                    value.starts_on.isoformat(),
                    f"{source.document.in_language(language)} {source.clause or ''}".strip(),
                    source.confidence.label.in_language(language),
                ]
            )


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def template(method: Methodology, language: str, route: str | None = None) -> str:
    """An empty report in TOML to fill in: every field of a route with its words, unit and limits."""
    chosen = method.routes[route or next(iter(method.routes))]
    id_ = next(key for key, value in method.routes.items() if value is chosen)
    return "\n".join(_template(method, id_, chosen, language)) + "\n"


def _template(method: Methodology, id_: str, route: Route, language: str) -> Iterator[str]:
    yield f"# {method.name.in_language(language)}"
    yield f'methodology = "{method.id}"'
    if len(method.routes) > 1:
        yield f'route = "{id_}"  # {", ".join(method.routes)}'
    yield "# crediting = { starts_on = 2024-01-01, ends_on = 2033-12-31 }"
    yield "\n[project]"
    wanted = _wanted(method, route)
    yield from _lines(method, wanted, PROJECT, language)
    yield "\n[conditions]"
    for condition in method.conditions.values():
        yield f"# {condition.id} = true  # {condition.name.in_language(language)}"
    yield "\n[[years]]\nyear = 2024"
    yield from _lines(method, wanted, YEAR, language)
    for table in route.rows:
        yield f"\n[[years.{table}]]  # {method.tables[table].in_language(language)}"
        yield from _lines(method, wanted, table, language)


def _wanted(method: Methodology, route: Route) -> set[str]:
    """The fields a route and its defaults look at, and those the conditions do."""
    wanted = {name for rule in (route.year, *route.rows.values()) for name in rule.parameters}
    wanted |= {name for condition in method.conditions.values() for name in condition.arguments}
    for spec in method.fields.values():
        if spec.id in wanted:
            wanted |= set(spec.by)
        if spec.choices and spec.per in method.row_counts:
            wanted.add(spec.id)
    return wanted


def _lines(method: Methodology, wanted: set[str], per: str, language: str) -> Iterator[str]:
    for spec in method.fields.values():
        if spec.id in wanted and spec.per == per and spec.is_reported:
            default = _default(method, spec, language)
            remark = "; ".join(
                part
                for part in (
                    spec.name.in_language(language),
                    "" if spec.choices else spec.unit,
                    default,
                    _limits(spec, language),
                )
                if part
            )
            yield f"# {spec.id} =  # {remark}"


__all__ = ["document", "template"]
