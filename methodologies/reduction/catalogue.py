"""Every reduction methodology there is: a module of this package that has a `METHODOLOGY`, and a TOML with its own formulas."""

import difflib
import importlib
import pkgutil
import re
import unicodedata
from functools import cache

import methodologies.reduction as room
from carbon.errors import N_, NotFound
from methodologies.reduction.frame import Methodology
from methodologies.reduction.written import written, written_names

_FRAME = {
    "applicability",
    "bulk",
    "catalogue",
    "credits",
    "files",
    "fingerprint",
    "frame",
    "monitoring",
    "page",
    "pools",
    "samples",
    "schema",
    "table",
    "terms",
    "written",
}


@cache
def methodologies() -> dict[str, Methodology]:
    """By id, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(room.__path__) if module.name not in _FRAME)
    modules = [importlib.import_module(f"{room.__name__}.{name}") for name in names]
    found = {m.METHODOLOGY.id: m.METHODOLOGY for m in modules if hasattr(m, "METHODOLOGY")}
    found |= {name: written(room.__name__, name) for name in written_names(room.__name__)}
    return dict(sorted(found.items()))


def _folded(word: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", word)).casefold()


def methodology_from_text(text: str) -> Methodology:
    """By id, code, alias or name; long dashes as in “CCER—14—001—V01” are read.

    Raises:
        NotFound: none is called so; the nearest are named.
    """
    words: dict[str, str] = {}
    for method in methodologies().values():
        for word in (method.id, method.code, *method.aliases, method.name.zh, method.name.en):
            words.setdefault(_folded(word), method.id)
    if _folded(text) in words:
        return methodologies()[words[_folded(text)]]
    near = difflib.get_close_matches(_folded(text), list(words), n=3, cutoff=0.5)
    raise NotFound(
        N_("There is no methodology “{text}”. Try {near}."),
        text=text[:60],
        near=", ".join(dict.fromkeys(words[word] for word in near)) or ", ".join(methodologies()),
    )
