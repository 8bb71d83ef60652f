"""Provinces, grid regions and farming regions of China, and which lies in which."""

from dataclasses import replace

from carbon.parameters import content_of
from carbon.regions import Region, Regions
from carbon.text import Text

REGIONS = Regions(
    {
        code: Region(code, Text.of(entry, code), entry.get("within"), tuple(entry.get("aliases", ())))
        for code, entry in content_of("methodologies.factors", "regions.toml").items()
    }
)


def _farming_regions() -> Regions:
    """The same provinces, each within its farming region; grid regions have none."""
    table = content_of("methodologies.factors", "farming_regions.toml")
    found = {code: Region(code, Text.of(entry, code)) for code, entry in table.items()}
    for code, entry in table.items():
        provinces = {province: REGIONS.by_code[province] for province in entry["provinces"]}
        found |= {id_: replace(province, within=code) for id_, province in provinces.items()}
    return Regions({**REGIONS.by_code, **found})


FARMING_REGIONS = _farming_regions()
"""As the tables of livestock divide the country."""
