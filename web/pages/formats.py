"""Numbers, days, money and tonnes as a reader of the page's language writes them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")
"""Business dates and shown instants are the city's (JOB-3), whatever the host says."""

MG_PER_T = 10**9
FEN_PER_YUAN = 100

_LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
_DAYS = {"zh": "y年M月d日", "en": "d MMMM y"}
_MONTHS = {"zh": "y年M月", "en": "MMMM y"}
_SHORT_MONTHS = {"zh": "M月", "en": "MMM"}
_INSTANTS = {"zh": "y年M月d日 HH:mm", "en": "d MMM y, HH:mm"}


def number(value: Decimal | Fraction | float, language: str, digits: int | None = None) -> str:
    """Grouped by thousands; with `digits` exactly that many decimals, else as many as the value has (≤ 9)."""
    exact = _decimal(value)
    pattern = "#,##0.#########" if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(exact, format=pattern, locale=_LOCALES[language]))


def _decimal(value: Decimal | Fraction | float) -> Decimal:
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / Decimal(value.denominator)
    return value if isinstance(value, Decimal) else Decimal(str(value))


def tonnes(amount_mg: int, language: str, digits: int = 2) -> str:
    """Milligrams as tonnes; an amount too small for the digits shown is written `< 0.01`, never a silent 0."""
    exact = Decimal(amount_mg) / MG_PER_T
    least = Decimal(1).scaleb(-digits)
    if 0 < exact < least / 2:
        return f"< {number(least, language, digits)}"
    return number(exact, language, digits)


def yuan(amount_fen: int, language: str) -> str:
    """Fen as yuan with two decimals, and the currency in the reader's way."""
    figure = number(Decimal(amount_fen) / FEN_PER_YUAN, language, 2)
    return f"{figure} 元" if language == "zh" else f"CNY {figure}"


def percent(share: Decimal | Fraction | float, language: str, digits: int = 2) -> str:
    """A share (0.0345) as a percentage (3.45%)."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
    return str(format_percent(_decimal(share), format=pattern, locale=_LOCALES[language]))


def day(value: date, language: str) -> str:
    """A business date in words."""
    return str(format_date(value, format=_DAYS[language], locale=_LOCALES[language]))


def month(value: date, language: str) -> str:
    """The month a date lies in, with its year."""
    return str(format_date(value, format=_MONTHS[language], locale=_LOCALES[language]))


def short_month(value: date, language: str) -> str:
    """The month's name alone, for an axis."""
    return str(format_date(value, format=_SHORT_MONTHS[language], locale=_LOCALES[language]))


def instant(value: datetime, language: str) -> str:
    """An instant in the city's time; a naive one is taken as UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    local = aware.astimezone(BUSINESS_ZONE)
    return str(format_datetime(local, format=_INSTANTS[language], locale=_LOCALES[language]))


def last_day(until: datetime, language: str) -> str:
    """The last day of a term that ends at the instant `until`: the day before, when it is midnight."""
    return day((until.astimezone(BUSINESS_ZONE) - timedelta(seconds=1)).date(), language)


def file_size(size_bytes: int, language: str) -> str:
    """A size in kB or MB, decimal."""
    if size_bytes < 1_000_000:
        return f"{number(Decimal(size_bytes) / 1000, language, 1)} kB"
    return f"{number(Decimal(size_bytes) / 1_000_000, language, 1)} MB"
