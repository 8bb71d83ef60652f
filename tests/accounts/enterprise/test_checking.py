from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.enterprise.checking import activity_kind, check_activities
from accounts.enterprise.inventory import take_inventory
from accounts.enterprise.reading import read_file
from carbon.rounding import round_mg
from tests.accounts.enterprise.conftest import csv

DIESEL = "化石燃料燃烧,柴油"


def checked(*rows: str, headings: str = "期间,设施,排放源,品种,数量,单位,凭证"):
    return check_activities(read_file("a.csv", csv(*rows, headings=headings)))


def said(check, severity: str = "error"):
    return [(f.code, f.row, f.column) for f in check.findings.listed() if f.severity == severity]


@pytest.mark.parametrize(
    "headings",
    [
        "期间,设施,排放源,品种,数量,单位",
        "月份,厂区,排放源类型,燃料,消费量,计量单位",
        "期間,設施,排放源,品種,數量,單位",
        "Period,Facility,Source,Fuel,Amount,Unit",
        "month, site ,EMISSION SOURCE,item_name,Quantity (t),uom",
        "期间 Period,设施 Facility,排放源 Source,品种 Item,数量/Amount,单位 Unit",
        "（期间）,设施,排放源,品种,数量（吨）,单位",
    ],
)
def test_headings_are_understood_in_chinese_both_scripts_and_english(headings):
    check = checked(f"2024-03,一厂,{DIESEL},10,吨", headings=headings)
    assert said(check) == []
    assert check.rows["amount"].to_list() == [Decimal(10)]


def test_an_unknown_column_is_listed_and_kept_out():
    check = checked(f"2024-03,一厂,{DIESEL},10,吨,晴", headings="期间,设施,排放源,品种,数量,单位,天气")
    assert said(check, "warning") == [("unknown-column", 1, "天气")]
    assert check.rows.height == 1


def test_a_missing_column_is_an_error_that_names_it_and_what_was_found():
    check = checked("2024-03,柴油,10", headings="期间,品种,数量")
    (error,) = check.findings.listed()
    assert error.code == "column-missing"
    assert "排放源 Source" in str(error)
    assert "单位 Unit" in str(error)
    assert "期间, 品种, 数量" in str(error)


def test_two_columns_of_one_meaning_are_refused():
    check = checked(f"2024-03,{DIESEL},10,10,吨", headings="期间,排放源,品种,数量,消费量,单位")
    assert [code for code, *_ in said(check)] == ["column-twice"]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (f"2024-13,,{DIESEL},10,吨,", "period", "period"),
        (f"2024-02-30,,{DIESEL},10,吨,", "period", "period"),
        (f"三月,,{DIESEL},10,吨,", "period", "period"),
        (f",,{DIESEL},10,吨,", "missing", "period"),
        (f"2024-03,,{DIESEL},-10,吨,", "amount", "amount"),
        (f"2024-03,,{DIESEL},NaN,吨,", "amount", "amount"),
        (f"2024-03,,{DIESEL},inf,吨,", "amount", "amount"),
        (f"2024-03,,{DIESEL},十,吨,", "amount", "amount"),
        (f"2024-03,,{DIESEL},10%,吨,", "amount", "amount"),
        (f"2024-03,,{DIESEL},,吨,", "amount-missing", "amount"),
        (f"2024-03,,{DIESEL},10,,", "missing", "unit"),
        (f"2024-03,,{DIESEL},10,桶桶,", "cannot-compute", None),
        ("2024-03,,外购电力,电网电力,10,吨,", "cannot-compute", None),
        ("2024-03,,化石燃料燃烧,柴友,10,吨,", "unknown-item", "item"),
        ("2024-03,,魔法,柴油,10,吨,", "unknown-source", "source"),
        ("2024-03,,,柴油,10,吨,", "missing", "source"),
        ("2024-03,,化石燃料燃烧,,10,吨,", "missing", "item"),
        (f"2024-03,,{DIESEL},999999999999999,万吨,", "amount", "amount"),
    ],
)
def test_a_wrong_cell_is_named_and_its_row_kept_out(row, code, column):
    check = checked(row, f"2024-03,,{DIESEL},1,吨,")
    ((found, number, place),) = said(check)
    assert (found, number) == (code, 2)
    assert place == column or column is None
    assert (check.rows.height, check.rows_wrong) == (1, 1)


def test_every_wrong_cell_of_a_row_is_said():
    check = checked("2024-13,,魔法,柴油,-1,吨,")
    assert {column for _, _, column in said(check)} == {"period", "source", "amount"}
    assert check.rows_wrong == 1


def test_a_misspelt_item_brings_a_suggestion():
    (error,) = checked("2024-03,,化石燃料燃烧,柴友,10,吨,").findings.listed()
    assert "柴油" in str(error)


def test_full_width_and_separated_numbers_are_read_exactly():
    check = checked(f"２０２４年３月,,{DIESEL},１２３４．５,吨,", f'2024-03,,{DIESEL},"1,234.5",吨,x')
    assert said(check) == []
    assert check.rows["amount"].to_list() == [Decimal("1234.5"), Decimal("1234.5")]


@pytest.mark.parametrize("notation", ["NO", "ne", "IE", "C"])
def test_a_notation_key_stands_for_an_amount_and_needs_no_unit(notation):
    check = checked(f"2024-03,,{DIESEL},{notation},,")
    assert said(check) == []
    assert (check.rows.height, check.gaps["notation"].to_list()) == (0, [notation.upper()])


def test_a_row_written_twice_counts_once_and_says_where_it_first_stood():
    check = checked(
        f"2024-03,一厂,{DIESEL},10,吨,F1",
        f"2024-03,一厂,{DIESEL},10,吨,F1",
        f"2024-03,一厂,{DIESEL},10,吨,F2",
    )
    assert (check.rows["row"].to_list(), check.rows_repeated) == ([2, 4], 1)
    (warning,) = check.findings.listed()
    assert (warning.code, warning.row, warning.values["first_row"]) == ("repeated-row", 3, 2)


def test_the_same_electricity_by_both_methods_counts_once():
    check = checked(
        "2024-03,一厂,外购电力,电网电力,10,万kWh,位置法",
        "2024-03,一厂,外购电力,电网电力,10,万kWh,市场法",
        headings="期间,设施,排放源,品种,数量,单位,方法",
    )
    assert (check.rows.height, check.rows_repeated) == (1, 1)


def test_measured_values_take_precedence_and_a_value_without_use_is_listed():
    headings = "期间,设施,排放源,品种,数量,单位,低位发热量"
    check = checked(
        f"2024-03,,{DIESEL},10,吨,40", "2024-03,,外购电力,电网电力,10,万kWh,40", headings=headings
    )
    assert said(check) == []
    assert said(check, "warning") == [("not-needed", 3, "net_calorific_value")]
    expected = 10 * Fraction(40) * Fraction("20.2") / 1000 * Fraction("0.98") * Fraction(44, 12) * 10**9
    assert take_inventory(check, "AR5").rows["mg_CO2"][0] == round_mg(expected)


def test_a_factor_given_in_the_row_is_used():
    headings = "期间,排放源,品种,数量,单位,范围,CO2e因子"
    check = checked("2024-03,自报因子,钢材,3,吨,范围三,2.1 tCO2e/t", headings=headings)
    inventory = take_inventory(check, "AR5")
    assert said(check) == []
    assert inventory.co2e_mg == 6_300_000_000
    assert [total.name for total in inventory.by_scope] == ["3"]


def test_a_file_with_headings_alone_says_so():
    assert said(checked()) == [("no-rows", None, None)]


def test_control_characters_and_endless_texts_are_refused():
    check = checked(f"2024-03,一\x07厂,{DIESEL},10,吨,", f"2024-03,{'厂' * 501},{DIESEL},10,吨,")
    assert said(check) == [("control-character", 2, "facility"), ("too-long", 3, "facility")]


def test_a_workbook_with_a_sheet_of_remarks_reads_the_other_sheets():
    import io

    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("说明").write(0, 0, "请逐行填写")
        page = book.add_worksheet("数据")
        page.write_row(0, 0, ["期间", "排放源", "品种", "数量", "单位"])
        page.write_row(1, 0, ["2024-03", "化石燃料燃烧", "柴油", 10, "吨"])
        page.write_row(2, 0, ["2024-03", "化石燃料燃烧", "柴油"])
        page.write_formula(2, 3, "=1+1", None, "")
        page.write(2, 4, "吨")
    check = check_activities(read_file("a.xlsx", file.getvalue()))
    assert check.rows.height == 1
    assert said(check) == [("formula-without-value", 3, "amount")]
    assert ("not-a-table", None, None) in said(check, "warning")


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters='\x00\r\n",'), max_size=12),
        min_size=7,
        max_size=7,
    )
)
def test_any_row_is_taken_or_said_to_be_wrong(cells):
    check = checked(f"2024-03,一厂,{DIESEL},1,吨,F0", ",".join(cells))
    taken = check.rows.height + check.gaps.height + check.rows_repeated
    assert taken + check.rows_wrong == check.rows_read


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=8, unique=True))
def test_emissions_add_up_whatever_the_order_of_rows(amounts):
    rows = [f"2024-03,,{DIESEL},{amount},kg," for amount in amounts]
    forward, backward = (take_inventory(checked(*order), "AR5") for order in (rows, rows[::-1]))
    assert forward.by_gas == backward.by_gas


def test_a_bill_that_names_no_item_is_for_power_of_the_grid():
    named = checked("2024-03,一厂,外购电力,电网电力,10,万千瓦时")
    unnamed = checked("2024-03,一厂,外购电力,,10,万千瓦时")
    assert said(unnamed) == []
    assert [found.key for found in unnamed.resolved] == [found.key for found in named.resolved]


LANDFILL = "period,source,item,amount,unit,deposit_year,landfill_site,climate"


def test_two_deposits_of_different_years_are_two_activities():
    rows = [f"2024,landfill,food,100,t,{year},managed,temperate_wet" for year in (2019, 2020, 2020)]
    check = checked(*rows, headings=LANDFILL)
    assert check.rows.height == 2
    assert said(check, "warning") == [("repeated-row", 4, None)]
    first, second, _ = (check.resolved[number] for number in (0, 1, 1))
    assert activity_kind(first) != activity_kind(second)


def test_a_measured_value_makes_no_other_activity_for_a_later_file():
    plainly, measured = (
        checked(f"2024-03,fuel_combustion,diesel,10,t,{ncv}", headings="period,source,item,amount,unit,ncv")
        for ncv in ("", "42.1 GJ/t")
    )
    assert said(plainly) == said(measured) == []
    assert activity_kind(plainly.resolved[0]) == activity_kind(measured.resolved[0])


def test_a_unit_in_a_headings_brackets_is_the_unit_of_its_bare_numbers():
    text = "月份,排放源,品种,消费量（吨）,低位发热量（GJ/t）,单位热值含碳量（tC/TJ）,氧化率（%）\n2024-01,化石燃料燃烧,无烟煤,100,24.5,27.4,94"
    found = check_activities(read_file("a.csv", text.encode()))
    assert not found.has_errors
    [entry] = found.resolved
    assert entry.key.unit == "吨"
    # 100 t × 24.5 GJ/t × 27.4 tC/TJ × 0.94 × 44/12
    assert float(entry.coefficient.mg_per_unit["CO2"]) / 1e9 == pytest.approx(24.5 * 0.0274 * 0.94 * 44 / 12)


def test_a_written_unit_goes_before_that_of_the_heading():
    text = (
        "period,source,item,amount,unit,scope,CO2 factor (kg/GJ)\n2024,reported_factor,x,1,GJ,1,0.0561 t/GJ"
    )
    [entry] = check_activities(read_file("a.csv", text.encode())).resolved
    assert float(entry.coefficient.mg_per_unit["CO2"]) == pytest.approx(56.1e6)


def test_a_category_of_scope_3_stands_in_place_of_the_source():
    text = "period,source,item,amount,unit,factor\n2024,Category 6: business travel,to Beijing,100,passenger-km,0.1\n2024,类别6,to Wuhan,100,passenger-km,0.1"
    found = check_activities(read_file("a.csv", text.encode()))
    assert [entry.key.item for entry in found.resolved] == ["business_travel", "business_travel"]
    assert found.rows.height == 2
