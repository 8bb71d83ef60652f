"""Factor tables in the shapes they are published in. The figures are made up, but for those of this house."""

import contextlib
import io
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.enterprise.factor_files import read_factor_table
from accounts.factors.public_records import Record, compare
from carbon.errors import Problem, TooLarge

GENERIC = """因子库导出,,,,,,
编号,名称,单位,数值,地区,年份,状态
E-1,重庆电网,kgCO2/kWh,0.5581,重庆,2023,有效
E-2,空白,kgCO2/kWh,,重庆,2023,有效
E-3,旧因子,kgCO2e/t,12.5,,2020,停用
E-1,重复,kgCO2/kWh,0.6,重庆,2023,有效
E-5,怪单位,颗/光年,1,,2023,有效
E-6,负数,kgCO2/t,-3,,2023,有效
E-7,文字,kgCO2/t,很多,,2023,有效
E-8,零,kgCO2/t,0,,2023,有效
"""

FRENCH = """Type Ligne;Identifiant de l'élément;Statut de l'élément;Nom base français;Nom base anglais;Unité français;Total poste non décomposé;Incertitude;Localisation géographique
Elément;101;Valide générique;Électricité moyenne;Average electricity;kgCO2e/kWh;0,0607;10;France
Poste;101;Valide générique;Électricité amont;;kgCO2e/kWh;0,02;;France
Elément;102;Archivé;Gazole ancien;Old diesel;kgCO2e/litre;3,1;;France
Elément;103;Valide générique;Fret routier;Road freight;kgCO2e/t.km;0,1075;;Europe
Elément;104;Valide générique;Très lourd;Very heavy;kgCO2e/tonne;1 234,5;;France
"""

FLAT = """Scope,Level 1,Level 2,Level 3,Level 4,Column Text,UOM,GHG/Unit,GHG Conversion Factor 2031
Scope 1,Fuels,Gaseous fuels,Town gas,,,cubic metres,kg CO2e,2.03
Scope 1,Fuels,Gaseous fuels,Town gas,,,cubic metres,kg CO2e of CO2 per unit,2.0
Scope 1,Fuels,Gaseous fuels,Town gas,,,cubic metres,kg CO2e of CH4 per unit,0.02
Scope 1,Fuels,Gaseous fuels,Town gas,,,cubic metres,kg CO2e of N2O per unit,0.01
Scope 3,Freight,Lorry,Average,,,tonne.km,kg CO2e,0.11
Scope 3,Freight,Lorry,Empty,,,tonne.km,kg CO2e,
"""

GRID = "Country,Unit,2021,2022,2023\nNowhereland,gCO2/kWh,512.5,,498\nElsewhere,gCO2/kWh,30,29,..\n"


def by_key(table):
    return {row.record.key: row.record for row in table.rows if row.record}


def problems(table):
    return [(f.row, f.code, f.value) for row in table.rows for f in row.findings]


def test_a_generic_table_in_chinese_is_read_row_by_row():
    table = read_factor_table("因子.csv", GENERIC.encode())
    assert table.mapping == "generic"
    records = [row.record for row in table.rows if row.record]
    assert [record.key for record in records] == ["E-1", "E-3", "E-1", "E-8"]
    first = records[0]
    assert (first.gases, first.activity_unit, first.region, first.starts_on) == (
        {"CO2": "0.5581"}, "kWh", "CN-CQ", date(2023, 1, 1),
    )  # fmt: skip
    assert records[1].archived
    assert records[3].gases == {"CO2": "0"}
    assert problems(table) == [
        (4, "factor-blank", ""), (7, "factor-unit", "颗/光年"), (8, "factor-value", "-3"), (9, "factor-value", "很多"),
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encoding_makes_no_difference(encoding):
    assert by_key(read_factor_table("a.csv", GENERIC.encode(encoding))) == by_key(
        read_factor_table("a.csv", GENERIC.encode())
    )


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-8"])
def test_a_french_base_has_decimal_commas_posts_and_archived_rows(encoding):
    table = read_factor_table("base.csv", FRENCH.encode(encoding))
    assert table.mapping == "french_base"
    records = by_key(table)
    assert {key: record.gases["CO2e"] for key, record in records.items()} == {
        "101": "0.0607", "102": "3.1", "103": "0.1075", "104": "1234.5",
    }  # fmt: skip
    assert [key for key, record in records.items() if record.archived] == ["102"]
    assert (records["102"].activity_unit, records["103"].activity_unit) == ("L", "t*km")
    assert records["101"].uncertainty_percent == "10"
    assert records["101"].name_en == "Average electricity"


def test_a_flat_file_tells_a_record_gas_by_gas():
    table = read_factor_table("flat.csv", FLAT.encode())
    assert table.mapping == "flat_by_gas"
    gas = by_key(table)["Scope 1 / Fuels / Gaseous fuels / Town gas / cubic metres"]
    assert gas.gases == {"CO2e": "2.03", "CO2e:CH4": "0.02", "CO2e:CO2": "2", "CO2e:N2O": "0.01"}
    assert (gas.activity_unit, gas.starts_on) == ("m3", date(2031, 1, 1))
    assert problems(table) == [(7, "factor-blank", "")]


def test_a_workbook_with_merged_cells_and_a_column_for_each_gas():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet("Fuels")
        page.write_row(0, 0, ["Conversion factors of a made-up year"])
        page.write_row(2, 0, ["Activity", "Fuel", "Unit", "kg CO2e", "kg CO2e of CO2 per unit"])
        page.merge_range(3, 0, 4, 0, "Gaseous fuels")
        page.write_row(3, 1, ["Butane", "tonnes", 3033.4, 3029.3])
        page.write_row(4, 1, ["Butane", "litres", 1.75, 1.74])
    table = read_factor_table("wide.xlsx", file.getvalue())
    assert table.mapping == "wide_by_gas"
    records = by_key(table)
    assert set(records) == {"Gaseous fuels / Butane / tonnes", "Gaseous fuels / Butane / litres"}
    assert records["Gaseous fuels / Butane / litres"].gases == {"CO2e": "1.75", "CO2e:CO2": "1.74"}


def test_a_grid_table_with_years_across_leaves_blanks_out():
    table = read_factor_table("grid.csv", GRID.encode())
    records = by_key(table)
    assert {key: record.gases["CO2"] for key, record in records.items()} == {
        "Nowhereland / 2021": "0.5125", "Nowhereland / 2023": "0.498", "Elsewhere / 2021": "0.03", "Elsewhere / 2022": "0.029",
    }  # fmt: skip
    assert records["Elsewhere / 2022"].ends_on == date(2022, 12, 31)


def test_a_grid_table_by_year():
    content = b"Area,Year,Value,Unit\nNowhereland,2022,512.5,gCO2/kWh\nNowhereland,2023,500,gCO2/kWh\n"
    table = read_factor_table("g.csv", content)
    assert {key: record.gases for key, record in by_key(table).items()} == {
        "Nowhereland / 2022": {"CO2": "0.5125"}, "Nowhereland / 2023": {"CO2": "0.5"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "value", "kg", "per"),
    [
        ("kg CO2e / kWh", "1", "1", "kWh"), ("t CO2 per MWh", "0.5", "500", "MWh"), ("gCO2/kWh", "800", "0.8", "kWh"),
        ("kgCO2 éq./tonne", "2", "2", "t"), ("kg CO₂-eq/m³", "3", "3", "m3"), ("kgCO2e/passenger.km", "0.1", "0.1", "person*km"),
        ("tCO2/万kWh", "5", "5000", "万kWh"), ("kgCH4/head", "1", "1", "head"), ("kgCO2e/kWh PCI", "1", "1", "kWh"),
        ("千克CO2e/吨", "7", "7", "吨"),
    ],
)  # fmt: skip
def test_units_are_read_as_people_write_them(unit, value, kg, per):
    [row] = read_factor_table("u.csv", f"id,unit,value\nx,{unit},{value}\n".encode()).rows
    assert row.findings == ()
    assert (list(row.record.gases.values()), row.record.activity_unit) == ([kg], per)


def test_a_file_without_headings_of_factors_is_refused():
    for content in (b"", b"hello", b"a,b\n1,2\n"):
        with pytest.raises(Problem):
            read_factor_table("x.csv", content)
    with pytest.raises(Problem):
        read_factor_table("x.csv", GENERIC.encode(), mapping="nothing")
    with pytest.raises(TooLarge):
        read_factor_table("x.csv", b"x" * (20 * 1024 * 1024 + 1))


@settings(max_examples=80)
@given(st.text(max_size=300))
def test_whatever_the_file_holds_it_is_read_or_refused_in_words(text):
    content = b"id,unit,value,gas,status,from\n" + text.encode("utf-8", "ignore")
    with contextlib.suppress(Problem):
        assert read_factor_table("x.csv", content).mapping == "generic"


def record(key, value, **more):
    return Record(key=key, activity_unit="kWh", gases={"CO2": value}, **more)


def test_the_difference_names_new_changed_archived_unchanged_missing_and_wrong():
    table = read_factor_table("因子.csv", GENERIC.encode())
    known = by_key(
        read_factor_table("因子.csv", GENERIC.replace("0.5581", "0.55").replace("停用", "有效").encode())
    )
    known["E-8"] = next(row.record for row in table.rows if row.record and row.record.key == "E-8")
    known["E-9"] = record("E-9", "1")
    preview = compare(table.rows, known)
    kinds = {(one.record or one.before).key: one.kind for one in preview.differences if one.kind != "wrong"}
    assert kinds == {"E-1": "changed", "E-3": "archived", "E-8": "unchanged", "E-9": "missing"}
    assert preview.counts == {"new": 0, "changed": 1, "archived": 1, "unchanged": 1, "missing": 1, "wrong": 5}
    [twice] = [one for one in preview.differences if one.finding and one.finding.code == "factor-twice"]
    assert (twice.row, twice.finding.values["first"]) == (6, 3)


def test_a_record_survives_being_kept():
    one = record("k", "0.1", starts_on=date(2024, 1, 1), archived=True)
    assert Record.of(one.as_dict()) == one
