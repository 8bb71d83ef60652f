"""The numbers of a source: the row's own first, else published for its day and place, else refused by name.

Most sources are an amount, a few numbers and a product. `product_source` makes such a source from its steps and its
TOML; sources that choose between formulas make their plan with `Table`.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from carbon import rules, units
from carbon.errors import N_, Problem
from carbon.explanation import amount
from carbon.parameters import Chosen, content_of, read, renamed
from carbon.regions import Regions
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.reported import reported
from methodologies.accounting.sources import (
    Branch,
    Item,
    Plan,
    Source,
    items_of,
    per_written_unit,
    source,
)
from methodologies.factors.constants import CONSTANTS
from methodologies.factors.places import REGIONS

_PACKAGE = "methodologies.accounting"
_WHAT_IS_EMITTED = re.compile(r"(?<=[tg])(CO2e?|CH4|N2O|C|N)(?=/|$)")
"""In a column for kgN2O/t people write kg/t: the column says of what."""


class Table:
    """The TOML of one source, read for its numbers.

    A number `x` of item `i` stands at `[values.i.x]`, or at `[values.x]` for every item. `[options.x]` lets the row
    give its own.
    """

    def __init__(self, name: str, *, regions: Regions = REGIONS) -> None:
        self.name = name
        self.content = content_of(_PACKAGE, f"{name}.toml")
        known = {key: self.content[key] for key in ("documents", "defaults") if key in self.content}
        self.values = read(known | self.content.get("values", {}), where=f"{name}.toml", regions=regions)

    def rule(self, kind: str, *steps: rules.Step, **named_steps: rules.Step) -> rules.Rule:
        """A rule of this source; `kind` tells its formulas apart."""
        named = {step.__name__: step for step in steps} | named_steps
        return rules.build(self.content, named, id=".".join(filter(None, (self.name, kind))))

    def rule_in(self, unit: str, kind: str, *steps: rules.Step, **named_steps: rules.Step) -> rules.Rule:
        """As `rule`, for an amount reported in another unit than the usual one."""
        named = {step.__name__: step for step in steps} | named_steps
        inputs = {"amount": {**self.content["inputs"]["amount"], "unit": unit}}
        return rules.build({**self.content, "inputs": inputs}, named, id=f"{self.name}.{kind}")

    @staticmethod
    def is_in(key: ActivityKey, unit: str) -> bool:
        """Whether the row's amount is written in a unit like `unit`."""
        return units.is_unit(key.unit) and units.same_dimension(key.unit, unit)

    def own(self, key: ActivityKey, name: str) -> Chosen | None:
        """What the row gives for `name`; None if nothing.

        Raises:
            Problem: it cannot be read, or is out of the range its `[options]` allow.
        """
        options = self.content.get("options", {})
        if name not in options or "unit" not in options[name]:
            return None
        unit = options[name]["unit"]
        most = options[name].get("most", 1 if unit == "1" else None)
        least = options[name].get("least", 0)
        return reported(
            key,
            name,
            unit,
            options,
            least=least,
            most=most,
            alike=_WHAT_IS_EMITTED.sub("", unit),
            yearly=bool(options[name].get("yearly", False)),
        )

    def published(self, key: ActivityKey, name: str, *variants: str) -> Chosen | None:
        """The published `name` for the row's item, day and place; `variants` are looked for before the item."""
        for place in (*(f"{variant}.{name}" for variant in variants), f"{key.item}.{name}", name):
            found = self.values.get(place)
            if found:
                by_place = any(value.region for value in found.values)
                return renamed(found.at(key.month, key.region if by_place else None), name)
        constant = CONSTANTS.get(name)
        return renamed(constant.at(key.month), name) if constant else None

    def number(self, key: ActivityKey, name: str, *variants: str) -> Chosen:
        """The row's own `name`, else the published one.

        Raises:
            Problem: neither; the message names the column to fill. Or as `own`.
        """
        found = self.own(key, name) or self.published(key, name, *variants)
        if found:
            return found
        raise Problem(
            N_("No confirmed {name} is published for {item}: give your own in the column {column}."),
            name=Text.of(self.content["parameters"][name], name),
            item=self.item_name(key),
            column=name,
            at=name,
        )

    def number_of_row(self, key: ActivityKey, name: str) -> Chosen:
        """What the row gives for `name`, which no document can give.

        Raises:
            Problem: it gives nothing. Or as `own`.
        """
        found = self.own(key, name)
        if found:
            return found
        raise Problem(
            N_("{item} needs the {name}: give it in the column {column}."),
            item=self.item_name(key),
            name=Text.of(self.content["options"][name], name),
            column=name,
            at=name,
        )

    def numbers(self, key: ActivityKey, rule: rules.Rule, *variants: str) -> dict[str, Chosen]:
        """All numbers a rule needs.

        Raises:
            Problem: as `number`.
        """
        return {name: self.number(key, name, *variants) for name in rule.parameters}

    def plan(
        self,
        key: ActivityKey,
        rule: rules.Rule,
        gases: Mapping[str, str],
        numbers: Mapping[str, Chosen] | None = None,
        *,
        notes: Iterable[Text] = (),
        gaps: Iterable[Text] = (),
    ) -> Plan:
        """A branch for each gas and the step that yields it; own values that play no part are listed in a note.

        Raises:
            Problem: as `number`; or the row's unit is not one of the amount.
        """
        used = numbers if numbers is not None else self.numbers(key, rule)
        unit = rule.inputs["amount"].unit
        branches = tuple(Branch(gas, rule, step, used) for gas, step in gases.items())
        found = (*self._said(), *notes, *self._idle(key, used))
        return Plan(unit, per_written_unit(key, unit), branches, found, tuple(gaps))

    def check_part(self, part: Chosen, whole: Chosen) -> None:
        """Refuse a part that is more than its whole.

        Raises:
            Problem: it is.
        """
        if part.value * units.to_unit(part.unit, whole.unit) > whole.value:
            raise Problem(
                N_("The {part} of {value} is more than the {whole} of {most}: correct one of them."),
                part=Text.of(self.content["parameters"][part.id], part.id),
                value=amount(part.value, part.unit),
                whole=Text.of(self.content["parameters"][whole.id], whole.id),
                most=amount(whole.value, whole.unit),
                at=part.id,
            )

    def item_name(self, key: ActivityKey) -> Text:
        """What the row is about, in words."""
        items = self.content.get("items", {})
        return Text.of(items[key.item], key.item) if key.item in items else Text(key.item, key.item)

    def _said(self) -> Iterable[Text]:
        return (Text.of(note, self.name) for note in self.content.get("notes", ()))

    def _idle(self, key: ActivityKey, used: Mapping[str, Chosen]) -> Iterable[Text]:
        options = self.content.get("options", {})
        names = [
            Text.of(options[name], name)
            for name in options
            if name not in used and "unit" in options[name] and key.override(name)
        ]
        if names:
            idle = Text.listed(names)
            yield Text(f"本行填报的{idle.zh}在此算法中用不上", f"not used in this calculation: {idle.en}")

    def source(
        self,
        plan: Callable[[ActivityKey], Plan],
        *own_rules: rules.Rule,
        items: Mapping[str, Item] | None = None,
        guides: Mapping[str, Text] | None = None,
    ) -> Source:
        """The source with these rules; its items are those of the TOML unless given."""
        found = items if items is not None else items_of(self.content, self.name)
        return source(self.content, id=self.name, plan=plan, items=found, rules=own_rules, guides=guides)


def product_source(name: str, *steps: rules.Step, gases: Mapping[str, str]) -> Source:
    """A source of one formula: `gases` says which step yields which gas; every other thing stands in NAME.toml."""
    table = Table(name)
    rule = table.rule("", *steps)

    def plan(key: ActivityKey) -> Plan:
        return table.plan(key, rule, gases)

    return table.source(plan, rule)


def factor_or_carbon_source(name: str, by_factor: rules.Step, by_carbon: rules.Step) -> Source:
    """A source of CO2 by a factor, or by the mass share of carbon where the row gives that."""
    table = Table(name)
    factor_rule = table.rule("by_factor", co2=by_factor)
    carbon_rule = table.rule("by_carbon", co2=by_carbon)

    def plan(key: ActivityKey) -> Plan:
        own_factor = key.override("process_factor")
        by_carbon_share = key.override("carbon_share") or not (
            own_factor or table.published(key, "process_factor")
        )
        return table.plan(key, carbon_rule if by_carbon_share else factor_rule, {"CO2": "co2"})

    return table.source(plan, factor_rule, carbon_rule)


def stock_or_area_source(
    name: str, of_stock: rules.Step, of_area: rules.Step, *, of_growth: rules.Step, of_wood: rules.Step
) -> Source:
    """A source of land carbon: by the change of its stock, by area with the change or growth of each hectare, or by dry mass."""
    table = Table(name)
    stock_rule = table.rule("by_stock", co2=of_stock)
    area_rule = table.rule_in("ha", "by_area", co2=of_area)
    growth_rule = table.rule_in("ha", "by_growth", co2=of_growth)
    wood_rule = table.rule_in("t", "by_wood", co2=of_wood)
    gas = {"CO2_land": "co2"}

    def plan(key: ActivityKey) -> Plan:
        by_area = units.is_unit(key.unit) and units.same_dimension(key.unit, "ha")
        if units.is_unit(key.unit) and units.same_dimension(key.unit, "t"):
            return table.plan(key, wood_rule, gas)
        if not by_area:
            return table.plan(key, stock_rule, gas)
        if key.override("dry_growth"):
            return table.plan(key, growth_rule, gas)
        change = {"carbon_per_area": table.number_of_row(key, "carbon_per_area")}
        return table.plan(key, area_rule, {"CO2_land": "co2"}, table.numbers(key, stock_rule) | change)

    return table.source(plan, stock_rule, area_rule, growth_rule, wood_rule)
