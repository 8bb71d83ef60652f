"""Provinces and grid regions of China, and which lies in which."""

from carbon.parameters import content_of
from carbon.regions import Region, Regions
from carbon.text import Text

REGIONS = Regions(
    {
        code: Region(code, Text.of(entry, code), entry.get("within"), tuple(entry.get("aliases", ())))
        for code, entry in content_of("methodologies.factors", "regions.toml").items()
    }
)
