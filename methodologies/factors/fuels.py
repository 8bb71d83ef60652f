"""Fuels and their numbers, guide by guide; a calculation takes all its numbers from one guide."""

from dataclasses import dataclass, replace

from carbon.errors import N_, Problem
from carbon.parameters import Parameter, content_of, read
from carbon.text import Text

_PACKAGE = "methodologies.factors"
_GUIDES = ("GBT2024", "MEE2024", "NDRC2013", "POWER", "JST303", "LANDTRANS")


@dataclass(frozen=True)
class Fuel:
    """A fuel by name: how it is called, in which phase it is burnt."""

    id: str
    name: Text
    phase: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Guide:
    """A guide's own table: parameters by fuel, and the oxidation rates it sets by equipment."""

    id: str
    name: Text
    parameters: dict[str, Parameter]

    def fuels(self) -> set[str]:
        """The fuels the guide has any number for."""
        return {id_.split(".")[0] for id_ in self.parameters} - {"equipment"}

    def of(self, fuel: str, quantity: str) -> Parameter | None:
        """A number of a fuel (`net_calorific_value`, `carbon_content`, …), None if the guide has none."""
        return self.parameters.get(f"{fuel}.{quantity}")

    def oxidation_in(self, equipment: str) -> Parameter | None:
        """The oxidation rate of solid fuel in a kind of equipment, None if the guide sets none."""
        return self.parameters.get(f"equipment.{equipment}.oxidation_rate")


def _guide(id_: str) -> Guide:
    name = f"fuels_{id_.lower()}.toml"
    content = content_of(_PACKAGE, name)
    own = {key: table for key, table in content.items() if key != "guide"}
    title = Text.of(content["guide"], name)
    found = {
        key: replace(parameter, name=_named(title, key)) for key, parameter in read(own, where=id_).items()
    }
    return Guide(id_, title, found)


def _named(guide_title: Text, key: str) -> Text:
    fuel = FUELS.get(key.partition(".")[0])
    subject = fuel.name if fuel else Text(key, key)
    return Text(f"{guide_title.zh}的{subject.zh}数值", f"{subject.en} in {guide_title.en}")


FUELS = {
    id_: Fuel(id_, Text.of(entry, id_), entry["phase"], tuple(entry["aliases"]))
    for id_, entry in content_of(_PACKAGE, "fuels.toml").items()
}
GUIDES = {id_: _guide(id_) for id_ in _GUIDES}


def guide(id_: str) -> Guide:
    """A guide by its id.

    Raises:
        Problem: no such guide; the message lists those there are.
    """
    found = GUIDES.get(id_)
    if not found:
        raise Problem(
            N_("There is no fuel table “{guide}”: choose one of {known}."), guide=id_, known=", ".join(GUIDES)
        )
    return found
