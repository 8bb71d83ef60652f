"""The schemes and the paths their rules lay down, read from routes.toml."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from carbon.confidence import Confidence
from carbon.errors import N_, NotFound
from carbon.lifecycle import Machine, Move, State
from carbon.text import Text

Kind = Literal["project", "claim"]
KINDS: tuple[Kind, ...] = ("project", "claim")


@dataclass(frozen=True)
class Scheme:
    """A scheme with its document, its dated limits, and the two machines."""

    id: str
    name: Text
    unit: str
    document: Text
    confidence: Confidence
    methodology_codes: re.Pattern[str]
    label_needed: bool
    started_after: date | None
    reductions_after: date | None
    window_years: int | None
    bar_years: int | None
    another_verifier: bool
    notice_working_days: int | None
    review_working_days: int | None
    retention_years: int | None
    gaps: tuple[Text, ...]
    project: Machine
    claim: Machine

    def machine(self, kind: str) -> Machine:
        """The path of projects, or of claims."""
        return self.project if kind == "project" else self.claim

    def clause(self, clause: str) -> Text:
        """An article with its document, as guards quote it."""
        if not clause:
            return self.document
        return Text(f"{self.document.zh}{clause}", f"{self.document.en}, {_english(clause)}")


@cache
def schemes() -> Mapping[str, Scheme]:
    """Every scheme, by id.

    Raises:
        ValueError: routes.toml is not whole.
    """
    content = tomllib.loads((files("accounts.projects") / "routes.toml").read_text("utf-8"))
    return {id_: _scheme(id_, table) for id_, table in content.items()}


def scheme_named(id_: str) -> Scheme:
    """One scheme.

    Raises:
        NotFound: none has this id; lists them.
    """
    found = schemes().get(id_.casefold())
    if found is None:
        raise NotFound(
            N_("There is no scheme “{scheme}”. The schemes are {known}."),
            scheme=id_[:40],
            known=", ".join(schemes()),
            at="scheme",
        )
    return found


def _scheme(id_: str, table: Mapping[str, Any]) -> Scheme:
    return Scheme(
        id=id_,
        name=Text.of(table, id_),
        unit=str(table["unit"]),
        document=Text(str(table["document_zh"]), str(table["document_en"])),
        confidence=Confidence.of(table["confidence"]),
        methodology_codes=re.compile(table["methodology_codes"]),
        label_needed=bool(table["label_needed"]),
        started_after=table.get("started_after"),
        reductions_after=table.get("reductions_after"),
        window_years=table.get("window_years"),
        bar_years=table.get("bar_years"),
        another_verifier=bool(table["another_verifier"]),
        notice_working_days=table.get("notice_working_days"),
        review_working_days=table.get("review_working_days"),
        retention_years=table.get("retention_years"),
        gaps=tuple(Text.of(gap, f"{id_} gaps") for gap in table.get("gaps", ())),
        project=_machine(f"{id_}.project", table, "project"),
        claim=_machine(f"{id_}.claim", table, "claim"),
    )


def _machine(id_: str, scheme: Mapping[str, Any], kind: str) -> Machine:
    table = scheme[kind]
    states = {
        name: State(
            name, Text.of(one, f"{id_}.{name}"), bool(one.get("final")), editable=bool(one.get("editable"))
        )
        for name, one in table["states"].items()
    }
    moves = tuple(
        Move(
            act=str(one["act"]),
            name=Text.of(one, f"{id_}.{one['act']}"),
            source=source,
            target=str(one["to"]),
            role=str(one["role"]),
            guards=tuple(one.get("guards", ())),
            clause=str(one.get("clause", "")),
            working_days=scheme[one["working_days"]] if "working_days" in one else None,
            next_role=str(one.get("next_role", "")),
            two_people=bool(one.get("two_people")),
            needs_reason=bool(one.get("needs_reason")),
        )
        for one in table["moves"]
        for source in one["from"]
    )
    return Machine(id_, states, moves, str(table["start"]))


_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


def _english(clause: str) -> str:
    numbers = [str(_number(found)) for found in re.findall(r"第([一二三四五六七八九十]+)条", clause)]
    return f"article {numbers[0]}" if len(numbers) == 1 else f"articles {', '.join(numbers)}"


def _number(written: str) -> int:
    tens, ten, ones = written.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)
