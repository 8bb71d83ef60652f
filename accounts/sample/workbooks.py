"""Workbooks of activities as the sample enterprises would fill them: three sheets, Chinese headings."""

import io
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal

import xlsxwriter

from accounts.sample.plan import Enterprise, Plan

HEADINGS = ("期间", "设施", "排放源", "品种", "数量", "单位", "地区", "凭证")
Row = tuple[str, str, str, str, Decimal | str, str, str, str]

SHARES = {1: (Decimal(1),), 2: (Decimal("0.62"), Decimal("0.38"))}
"""How the year's figures fall on an enterprise's facilities."""

REFRIGERANT_KG = {4: Decimal("12.5"), 9: Decimal("7.8")}
"""Top-ups of air conditioning by month (April is 4)."""

WRONG_ROWS: tuple[Row, ...] = (
    ("2025-13", "", "化石燃料燃烧", "柴油", Decimal("1.2"), "吨", "", "示例：没有第13个月"),
    ("2025-06", "", "化石燃料燃烧", "天然气", Decimal("3.4"), "吨", "", "示例：单位不对"),
    ("2025-07", "", "化石燃料燃烧", "汽油", Decimal("-0.5"), "吨", "", "示例：数量为负"),
)
"""Mistakes a person makes, in the story's workbook: a month that does not exist, a wrong unit, a negative amount."""


def activity_workbook(enterprise: Enterprise, plan: Plan) -> bytes:
    """The year's activities of one enterprise as XLSX; the story's holds three wrong rows besides."""
    wrong = WRONG_ROWS if enterprise.story else ()
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        bold = workbook.add_format({"bold": True, "bg_color": "#E8F0EA"})
        sheets = {
            "购入能源": [*_electricity(enterprise, plan), *_heat(enterprise, plan)],
            "燃料": [*_fuels(enterprise, plan), *wrong],
            "制冷剂": list(_refrigerants(enterprise, plan)),
        }
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, HEADINGS, bold)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(HEADINGS) - 1, 16)
            for number, row in enumerate(rows, start=1):
                sheet.write_row(number, 0, row)
    return file.getvalue()


def _spread(total: Decimal, enterprise: Enterprise, plan: Plan) -> Iterator[tuple[str, str, Decimal]]:
    """Month, facility and amount, so that the season's ups and downs show."""
    season = [Decimal(str(weight)) for weight in plan.season]
    shares = SHARES[len(enterprise.facilities)]
    for month, weight in enumerate(season, start=1):
        for facility, share in zip(enterprise.facilities, shares, strict=True):
            amount = total * weight / sum(season) * share
            yield f"{plan.year}-{month:02}", facility, _rounded(amount)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.001"), ROUND_HALF_EVEN)


def _electricity(enterprise: Enterprise, plan: Plan) -> Iterator[Row]:
    total = Decimal(enterprise.electricity_mwh) / 10
    for month, facility, amount in _spread(total, enterprise, plan):
        yield month, facility, "净购入电力", "电网电力", amount, "万千瓦时", "", f"电费单 {month}"


def _heat(enterprise: Enterprise, plan: Plan) -> Iterator[Row]:
    if enterprise.heat_gj:
        for month, facility, amount in _spread(Decimal(enterprise.heat_gj), enterprise, plan):
            yield month, facility, "净购入热力", "热力", amount, "GJ", "", f"蒸汽结算单 {month}"


def _fuels(enterprise: Enterprise, plan: Plan) -> Iterator[Row]:
    for total, item, unit in (
        (Decimal(enterprise.gas_1000m3) / 10, "天然气", "万Nm3"),
        (Decimal(enterprise.coal_t), "烟煤", "吨"),
        (Decimal(enterprise.diesel_t), "柴油", "吨"),
        (Decimal(enterprise.petrol_t), "汽油", "吨"),
    ):
        if total:
            for month, facility, amount in _spread(total, enterprise, plan):
                yield month, facility, "化石燃料燃烧", item, amount, unit, "", f"{item}发票 {month}"


def _refrigerants(enterprise: Enterprise, plan: Plan) -> Iterator[Row]:
    for month, amount in REFRIGERANT_KG.items():
        period = f"{plan.year}-{month:02}"
        yield period, enterprise.facilities[0], "制冷剂泄漏", "R410A", amount, "公斤", "", f"维保单 {period}"
