"""The terms around the formulas: scheme, crediting period, additionality, permanence, and the days that may count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from carbon.confidence import Confidence
from carbon.errors import N_, Problem
from carbon.text import Text
from methodologies.reduction.monitoring import Report


@dataclass(frozen=True)
class Term:
    """One of the terms in words, with how far it is confirmed."""

    text: Text
    confidence: Confidence

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return self.text.as_dict() | {"confidence": self.confidence.id}


@dataclass(frozen=True)
class Terms:
    """What a methodology's document sets besides its formulas."""

    scheme: str | None
    text_name: Text
    crediting: Term
    longest_years: int | None
    additionality: Term
    permanence: Term
    has_buffer: bool
    reductions_after: date | None
    optional_tables: tuple[str, ...]
    accumulates: Mapping[str, str]
    """Tables whose rows of earlier years go on working, and the field that holds their year."""
    gaps: tuple[Text, ...]

    def check(self, report: Report) -> list[Text]:
        """Remarks on the periods reported; a confirmed limit that is broken is a problem.

        Raises:
            Problem: a day before reductions may count, outside the crediting period, or a period that is too long.
        """
        notes = list(self.gaps)
        for record in report.records:
            if self.reductions_after and record.period.starts_on <= self.reductions_after:
                raise Problem(
                    N_(
                        "{period}: reductions count only after {day}. Report the part of the year after it as period."
                    ),
                    period=str(record.period),
                    day=self.reductions_after.isoformat(),
                    at=f"{record.at}.period",
                )
            if report.crediting and not (
                record.period.starts_on in report.crediting and record.period.ends_on in report.crediting
            ):
                raise Problem(
                    N_(
                        "{period} does not lie inside the crediting period {crediting}: report only the days inside it."
                    ),
                    period=str(record.period),
                    crediting=str(report.crediting),
                    at=f"{record.at}.period",
                )
        if report.crediting is None:
            notes.append(
                Text("报告未给出计入期，未核对", "the report gives no crediting period; it was not checked")
            )
        elif self.longest_years and report.crediting.ends_on > _after(
            report.crediting.starts_on, self.longest_years
        ):
            if self.crediting.confidence is Confidence.MEMORY:
                notes.append(
                    Text(
                        f"计入期超过{self.longest_years}年；该上限凭记忆，请核对",
                        f"the crediting period is longer than {self.longest_years} years; that limit is only recalled, check it",
                    )
                )
            else:
                raise Problem(
                    N_("The crediting period {crediting} is longer than {years} years."),
                    crediting=str(report.crediting),
                    years=self.longest_years,
                    at="crediting",
                )
        return notes

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "crediting": self.crediting.as_dict() | {"longest_years": self.longest_years},
            "additionality": self.additionality.as_dict(),
            "permanence": self.permanence.as_dict(),
        }


def _after(day: date, years: int) -> date:
    """The last day of so many years that begin on `day`."""
    try:
        return day.replace(year=day.year + years) - timedelta(days=1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def terms_of(content: Mapping[str, Any], where: str) -> Terms:
    """From the `[scheme]`, `[crediting]`, `[additionality]`, `[permanence]` and `[[gaps]]` of a TOML.

    Raises:
        ValueError: one of them lacks words or confidence.
    """

    def term(title: str) -> Term:
        table = content[title]
        return Term(Text.of(table, f"{where} [{title}]"), Confidence.of(table["confidence"]))

    scheme = content["scheme"]
    return Terms(
        scheme=scheme.get("label"),
        text_name=Text.of(scheme, f"{where} [scheme]"),
        crediting=term("crediting"),
        longest_years=content["crediting"].get("longest_years"),
        additionality=term("additionality"),
        permanence=term("permanence"),
        has_buffer=bool(content["permanence"].get("buffer", False)),
        reductions_after=scheme.get("reductions_after"),
        optional_tables=tuple(
            id_ for id_, table in content.get("tables", {}).items() if table.get("optional")
        ),
        accumulates={
            id_: str(table["accumulates"])
            for id_, table in content.get("tables", {}).items()
            if "accumulates" in table
        },
        gaps=tuple(Text.of(gap, f"{where} [[gaps]]") for gap in content.get("gaps", ())),
    )
