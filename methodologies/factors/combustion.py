"""Methane and nitrous oxide from burning fuel, by kind of fuel and by sector."""

from carbon.parameters import Parameter, content_of, read
from carbon.text import Text

_CONTENT = content_of("methodologies.factors", "combustion.toml")
_PARAMETERS = read(
    {key: table for key, table in _CONTENT.items() if key not in {"sectors", "kinds"}},
    where="combustion.toml",
)

SECTORS = {id_: Text.of(entry, id_) for id_, entry in _CONTENT["sectors"].items()}
"""Where the fuel is burnt: the tables differ."""


def combustion_factor(fuel: str, sector: str, gas: str) -> Parameter | None:
    """The kg of `gas` (CH4 or N2O) per TJ of `fuel` (net calorific value) burnt in `sector`; None if not known."""
    kind = _CONTENT["kinds"].get(fuel)
    return _PARAMETERS.get(f"{sector}.{kind}.{gas}") if kind else None
