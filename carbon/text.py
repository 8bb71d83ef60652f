"""A text in the two languages of the house, for names that data carries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Text:
    """Chinese and English of one thing; prints as English, so that it can fill a message template."""

    zh: str
    en: str

    def __str__(self) -> str:
        """The English."""
        return self.en

    def in_language(self, language: str) -> str:
        """The text in `zh` or `en`."""
        return self.zh if language == "zh" else self.en

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return {"zh": self.zh, "en": self.en}

    @classmethod
    def listed(cls, texts: Iterable["Text"]) -> "Text":
        """Several in one: 甲、乙 and a, b."""
        several = list(texts)
        return cls("、".join(text.zh for text in several), ", ".join(text.en for text in several))

    @classmethod
    def of(cls, table: Mapping[str, Any], where: str) -> "Text":
        """The `zh` and `en` of a TOML table; both must be there.

        Raises:
            ValueError: one of the two is missing or empty; names `where`.
        """
        missing = [language for language in ("zh", "en") if not table.get(language)]
        if missing:
            raise ValueError(f"{where} has no text in {' and '.join(missing)}: give both zh and en.")
        return cls(str(table["zh"]), str(table["en"]))
