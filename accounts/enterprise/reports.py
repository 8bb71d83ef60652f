"""One account told in several forms: by the GHG Protocol, ISO 14064-1, GB/T 32150, and the guide of its sector."""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.access import enter_account
from accounts.enterprise.inventory import check_gwp_set, kyoto_co2e_mg
from accounts.identity.actors import Actor
from carbon.errors import N_, NotFound
from carbon.gases import gases
from carbon.text import Text
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.guides import SECTOR_GUIDES

GUIDE = "guide-"


@dataclass(frozen=True)
class FormLine:
    """A line of a form: the kinds of source it adds up, all their items unless some are named."""

    number: str
    name: Text
    sources: frozenset[str]
    items: frozenset[str] = frozenset()

    def takes(self, source: str, item: str) -> bool:
        """Whether an emission of this source and item stands in this line."""
        return source in self.sources and (not self.items or item in self.items)


@dataclass(frozen=True)
class Form:
    """A form with its document; `shows_both_methods` puts scope 2 by the other method beside."""

    id: str
    name: Text
    document: str
    shows_both_methods: bool
    lines: tuple[FormLine, ...]


@cache
def forms() -> dict[str, Form]:
    """Every form but the guides', which depend on the enterprise."""
    raw = tomllib.loads((files("accounts.enterprise") / "report_forms.toml").read_text("utf-8"))
    groups = raw.pop("groups")
    return {name: _form(name, entry, groups) for name, entry in raw.items()}


def _form(name: str, entry: Mapping[str, Any], groups: Mapping[str, list[str]]) -> Form:
    lines = tuple(
        FormLine(
            line["number"],
            Text(line["zh"], line["en"]),
            frozenset(source for group in line["groups"] for source in groups[group]),
            frozenset(line.get("items", ())),
        )
        for line in entry["lines"]
    )
    return Form(name, Text(entry["zh"], entry["en"]), entry["document"], entry["shows_both_methods"], lines)


def guide_form(number: str) -> Form:
    """The form of a sector guide: a line for each source it composes, and one for what lies outside it.

    Raises:
        NotFound: there is no such guide.
    """
    guide = SECTOR_GUIDES.get(number)
    if guide is None:
        raise NotFound(N_("There is no sector guide {guide}."), guide=number)
    own = [
        FormLine(str(place), source.name, frozenset({source.id}))
        for place, source in enumerate(guide.sources, start=1)
    ]
    others = frozenset(SOURCES) - frozenset(source.id for source in guide.sources)
    outside = FormLine("-", Text("指南以外的排放源", "Sources outside the guide"), others)
    document = "; ".join(one for one in (guide.notice, guide.standard) if one)
    return Form(f"{GUIDE}{number}", guide.name, document, shows_both_methods=False, lines=(*own, outside))


@dataclass(frozen=True)
class Emitted:
    """A sum of the account by scope, source, item, method and gas; `beside` is by the method not chosen."""

    scope: int
    source: str
    item: str
    method: str
    gas: str
    mg: int
    beside: bool = False


@dataclass(frozen=True)
class ReportLine:
    """A filled line: each gas's milligrams, and the CO2 equivalent of the Kyoto gases among them."""

    number: str
    name_zh: str
    name_en: str
    gases: dict[str, int]
    co2e_mg: int


@dataclass(frozen=True)
class Report:
    """A filled form. `apart` are gases told on their own and never added: biogenic CO2, carbon of land.

    `scope_2` gives both methods' totals of electricity where the form asks for them. `gaps` lists notation keys by source.
    """

    form: str
    name_zh: str
    name_en: str
    document: str
    enterprise_id: UUID
    enterprise_zh: str
    enterprise_en: str
    year: int
    gwp_set: str
    lines: tuple[ReportLine, ...]
    total_mg: int
    by_gas: dict[str, int]
    apart: dict[str, int]
    scope_2: dict[str, int]
    gaps: tuple[tuple[str, str, int], ...]


def filled(form: Form, emitted: Iterable[Emitted], gwp_set: str) -> tuple[tuple[ReportLine, ...], int]:
    """The lines with their sums, and the total, which is the sum of the lines."""
    chosen = [one for one in emitted if not one.beside]
    lines = []
    for line in form.lines:
        masses: dict[str, int] = defaultdict(int)
        for one in chosen:
            if line.takes(one.source, one.item):
                masses[one.gas] += one.mg
        found = {gas: masses[gas] for gas in gases() if masses.get(gas)}
        lines.append(
            ReportLine(line.number, line.name.zh, line.name.en, found, kyoto_co2e_mg(found, gwp_set))
        )
    return tuple(lines), sum(line.co2e_mg for line in lines)


async def read_report(
    actor: Actor, *, enterprise_id: UUID, year: int, form: str, gwp_set: str = "AR5"
) -> Report:
    """The year's account in a form (see `form_named`).

    Raises:
        NotFound: no such enterprise or form, or not for the actor to see.
        Problem: an unknown GWP set.
    """
    check_gwp_set(gwp_set)
    chosen = form_named(form)
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, f"account {year}")
        emitted = await _emitted(connection, enterprise_id, year)
        names = await connection.fetchrow(
            "select name_zh, coalesce(name_en, '') as name_en from identity_organisation where id = $1",
            enterprise_id,
        )
        gaps = await connection.fetch(
            """select source, notation, count(*)::int as lines from enterprise_gap
                where tenant_id = $1 and month >= $2 and month < $3 group by 1, 2 order by 1, 2""",
            enterprise_id,
            *_bounds(year),
        )
    lines, total = filled(chosen, emitted, gwp_set)
    by_gas: dict[str, int] = defaultdict(int)
    for one in emitted:
        if not one.beside:
            by_gas[one.gas] += one.mg
    return Report(
        form=chosen.id,
        name_zh=chosen.name.zh,
        name_en=chosen.name.en,
        document=chosen.document,
        enterprise_id=enterprise_id,
        enterprise_zh=names["name_zh"] if names else "",
        enterprise_en=names["name_en"] if names else "",
        year=year,
        gwp_set=gwp_set,
        lines=lines,
        total_mg=total,
        by_gas={
            gas: by_gas[gas] for gas, entry in gases().items() if by_gas.get(gas) and entry.in_kyoto_basket
        },
        apart={
            gas: by_gas[gas]
            for gas, entry in gases().items()
            if by_gas.get(gas) and not entry.in_kyoto_basket
        },
        scope_2=_scope_2(emitted, gwp_set) if chosen.shows_both_methods else {},
        gaps=tuple((row["source"], row["notation"], row["lines"]) for row in gaps),
    )


def form_named(name: str) -> Form:
    """A form by its id; `guide-05` is the fifth sector guide's.

    Raises:
        NotFound: there is none.
    """
    if name.startswith(GUIDE):
        return guide_form(name.removeprefix(GUIDE))
    found = forms().get(name)
    if found is None:
        raise NotFound(N_("There is no report form {form}."), form=name[:40])
    return found


def _bounds(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year + 1, 1, 1)


_CHAIN = """
    select c.item, g.gas, sum(g.mg)::numeric as mg from enterprise_activity a
      join enterprise_coefficient c on (c.tenant_id, c.id) = (a.tenant_id, a.coefficient_id)
     cross join lateral (values ('CO2', a.co2_mg), ('CH4', a.ch4_mg), ('N2O', a.n2o_mg)) v (gas, mg)
     cross join lateral (select v.gas, v.mg where c.mg_per_unit ? v.gas
                         union all select x.gas, x.mg from enterprise_activity_gas x
                          where v.gas = 'CO2' and x.tenant_id = a.tenant_id and x.id = a.id) g
     where a.tenant_id = $1 and a.month >= $2 and a.month < $3
       and a.coefficient_id = any (array(select id from enterprise_coefficient
                                          where tenant_id = $1 and source = 'value_chain'))
       and not exists (select from enterprise_withdrawal w where w.tenant_id = $1 and w.activity_id = a.id)
     group by 1, 2
"""
"""The items of the value chain, which the roll-ups do not keep apart."""


async def _emitted(connection: Connection, enterprise_id: UUID, year: int) -> list[Emitted]:
    rows = await connection.fetch(
        """select scope, source, method, gas, beside, sum(mg)::numeric as mg from enterprise_rollup
            where tenant_id = $1 and month >= $2 and month < $3 and gas <> '' and source <> 'value_chain'
            group by 1, 2, 3, 4, 5""",
        enterprise_id,
        *_bounds(year),
    )
    found = [
        Emitted(row["scope"], row["source"], "", row["method"], row["gas"], int(row["mg"]), row["beside"])
        for row in rows
    ]
    chain = await connection.fetch(_CHAIN, enterprise_id, *_bounds(year))
    return [
        *found,
        *(Emitted(3, "value_chain", row["item"], "", row["gas"], int(row["mg"])) for row in chain),
    ]


def _scope_2(emitted: list[Emitted], gwp_set: str) -> dict[str, int]:
    """Scope 2 by each method: what has that method, with whatever has none."""
    second = [one for one in emitted if one.scope == 2]
    totals = {}
    for method in sorted({one.method for one in second} - {""}):
        masses: dict[str, int] = defaultdict(int)
        for one in second:
            if one.method == method or (one.method == "" and not one.beside):
                masses[one.gas] += one.mg
        totals[method] = kyoto_co2e_mg(masses, gwp_set)
    return totals
