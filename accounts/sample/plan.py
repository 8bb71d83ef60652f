"""What the sample city consists of, read from city.toml."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec


class Office(msgspec.Struct, frozen=True):
    """A bureau, bank or verifier with one person."""

    login: str
    zh: str
    en: str
    person: str
    kind: str = "authority"


class Enterprise(msgspec.Struct, frozen=True, kw_only=True):
    """A company with its figures of the year; money in 10,000 CNY."""

    login: str
    zh: str
    en: str
    person: str
    district: str
    industry_code: str
    facilities: list[str]
    value_added: int
    main_income: int
    equity_and_debt: int
    electricity_mwh: int = 0
    gas_1000m3: int = 0
    diesel_t: int = 0
    petrol_t: int = 0
    heat_gj: int = 0
    coal_t: int = 0
    story: bool = False


class SampleLoan(msgspec.Struct, frozen=True):
    """A loan of the sample bank; the principal in 10,000 CNY."""

    enterprise: str
    principal: int
    term_months: int
    starts_on: date
    contract: str
    purpose: str


class Benchmark(msgspec.Struct, frozen=True):
    """The industry with enough members for a benchmark."""

    industry_code: str
    industry_zh: str
    industry_en: str


class Product(msgspec.Struct, frozen=True):
    """The bank's product."""

    name_zh: str
    name_en: str


class Fund(msgspec.Struct, frozen=True):
    """The finance bureau's fund for a programme; the amount in 10,000 CNY."""

    programme: str
    amount: int


class Plan(msgspec.Struct, frozen=True):
    """The whole city."""

    year: int
    season: list[float]
    benchmark: Benchmark
    authority: Office
    offices: list[Office]
    enterprises: list[Enterprise]
    loan_product: Product
    loans: list[SampleLoan]
    fund: Fund


@cache
def plan() -> Plan:
    """The content of city.toml, checked against the shapes above."""
    content = tomllib.loads((files("accounts.sample") / "city.toml").read_text("utf-8"))
    return msgspec.convert(content, Plan)
