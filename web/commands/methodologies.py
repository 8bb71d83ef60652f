"""`carbon methodologies`: every reduction methodology with its confidence; of one, its page or an empty report.

`carbon methodologies replay [METHODOLOGY]` computes every live claim in the database again and reports what differs.
"""

import sys

import click
import msgspec

from carbon.errors import N_
from methodologies.reduction.catalogue import methodologies, methodology_from_text
from methodologies.reduction.page import document, template
from web.language import translate


@click.command()
@click.argument("methodology", required=False)
@click.argument("of", required=False)
@click.option("--template", "as_template", is_flag=True, help="An empty monitoring report to fill in.")
@click.option("--route", default=None, help="The route the empty report is for.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="en", show_default=True)
def command(
    methodology: str | None,
    of: str | None,
    route: str | None,
    language: str,
    *,
    as_template: bool,
    as_json: bool,
) -> None:
    """List the reduction methodologies, or show one: its formulas, conditions, fields and sources.

    With `replay` in place of a name: compute every live claim again (of one methodology, if it is named) and report
    what differs; exit 1 if anything does.
    """
    if methodology == "replay":
        _replay(of, language, as_json=as_json)
        return
    if of is not None:
        raise click.UsageError("Only `replay` takes a second word.")
    if methodology is not None:
        method = methodology_from_text(methodology)
        if route is not None and route not in method.routes:
            raise click.BadParameter(", ".join(method.routes), param_hint="--route")
        click.echo(template(method, language, route) if as_template else document(method, language), nl=False)
        return
    if as_json:
        sys.stdout.write(msgspec.json.encode([_as_dict(id_) for id_ in methodologies()]).decode() + "\n")
        return
    for method in methodologies().values():
        label = method.label or translate(language, N_("no scheme label"))
        formulas = translate(language, N_("formulas: {label}"), label=method.confidence.label)
        click.echo(f"{click.style(method.id, bold=True)}  {method.code}  {method.name.in_language(language)}")
        click.echo(f"    {label}; {formulas}")
        for gap in method.terms.gaps:
            click.echo(f"    · {gap.in_language(language)}")


def _replay(of: str | None, language: str, *, as_json: bool) -> None:
    from accounts.projects.publishing import replay_all
    from web.commands.connection import with_database_url

    found = with_database_url(lambda url, settings: replay_all(url, settings, of))
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    for one in () if as_json else found:
        name = methodologies()[one.methodology].name.in_language(language)
        said = translate(
            language,
            N_("{claims} live claims: {kept} t kept, {now} t now."),
            claims=one.claims,
            kept=one.kept_t,
            now=one.now_t,
        )
        click.echo(f"{click.style(one.methodology, bold=True)} {name}: {said}")
        for part in one.differences:
            click.echo(f"    ✗ {part.project_code} {part.kept_t} t → {part.problem or f'{part.now_t} t'}")
    if any(one.differences for one in found):
        sys.exit(1)


def _as_dict(id_: str) -> dict[str, object]:
    method = methodologies()[id_]
    return {
        "id": method.id,
        "code": method.code,
        "aliases": list(method.aliases),
        "name": method.name.as_dict(),
        "version": method.version,
        "label": method.label,
        "formula_confidence": method.confidence.id,
        "routes": {
            id_: route.name.as_dict() | {"confidence": route.confidence.id}
            for id_, route in method.routes.items()
        },
        "terms": method.terms.as_dict(),
        "gaps": [gap.as_dict() for gap in method.terms.gaps],
        "tables": {id_: name.as_dict() for id_, name in method.tables.items()},
        "conditions": {id_: condition.name.as_dict() for id_, condition in method.conditions.items()},
        "fields": {
            spec.id: {
                "name": spec.name.as_dict(),
                "unit": spec.unit,
                "per": spec.per,
                "symbol": spec.symbol,
                "choices": list(spec.choices) if spec.choices else None,
                "recalled": spec.recalled.as_dict() if spec.recalled else None,
            }
            for spec in method.fields.values()
            if spec.is_reported
        },
    }
