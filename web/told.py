"""Sentences that rooms below keep as a template with values, said in the reader's language."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.identity.notices import Notice
from web.language import translate

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def told_value(language: str, value: Any) -> str:
    """A value as stored: a pair {"zh": …, "en": …}, a text of ours {"text": …} to be translated, or itself."""
    if isinstance(value, Mapping):
        if language in value:
            return str(value[language])
        if "text" in value:
            others = {name: told_value(language, one) for name, one in value.items() if name != "text"}
            return translate(language, str(value["text"]), **others)
    if isinstance(value, list | tuple):
        return ("、" if language == "zh" else ", ").join(told_value(language, part) for part in value)
    return _told_instant(language, str(value))


def _told_instant(language: str, text: str) -> str:
    """An instant kept in JSON, in the city's time; any other text as it is."""
    if not INSTANT.fullmatch(text):
        return text
    from web.pages import formats  # noqa: PLC0415 - the pages import this module

    return formats.instant(datetime.fromisoformat(text), language)


def notice_words(language: str, notice: Notice) -> str:
    """The notice as a sentence."""
    values = {name: told_value(language, value) for name, value in notice.subject.items()}
    return translate(language, notice.template, **values)
