"""Other registries' public records: read as they write them, checked, and loaded twice without effect."""

from datetime import date

import pytest

from accounts.registry import external
from accounts.registry.external_rows import Table, check_records, read_day
from accounts.registry.external_serials import parse_external
from carbon.errors import NotPermitted, Problem
from tests.accounts.registry.register import register

VERRA = [
    "Issuance Date",
    "Vintage Start",
    "Vintage End",
    "ID",
    "Name",
    "Country/Area",
    "Total Vintage Quantity",
    "Quantity Issued",
    "Serial Number",
    "Retirement/Cancellation Date",
    "Retirement Beneficiary",
    "Retirement Reason",
]


def verra(
    first,
    last,
    *,
    batch=9001,
    quantity=None,
    retired="",
    who="",
    total=100000,
    project="2481",
    issued="15/03/2021",
):
    serial = f"{batch}-{first}-{last}-VCS-VCU-997-VER-CN-14-{project}-01012019-31122019-0"
    size = last - first + 1 if quantity is None else quantity
    return [issued, "01/01/2019", "31/12/2019", project, "Bamboo hills", "China", str(total), f"{size:,}", serial, retired, who, "x" if who else ""]  # fmt: skip


def table(*rows, headings=VERRA, sheet="VCUs"):
    return Table(sheet, headings, rows, first_row=2)


@pytest.mark.parametrize(
    ("text", "registry", "size", "project", "buffer"),
    [
        ("9001-1-500-VCS-VCU-997-VER-CN-14-2481-01012019-31122019-0", "verra", 500, "2481", False),
        ("123-1000-1999-VCU-001-APX-BR-1-12-01012008-31122008-1", "verra", 1000, "12", False),
        ("GS1-1-IN-GS7071-16-2019-21111-45-144", "gold-standard", 100, "GS7071", False),
        ("CAR-1-US-1041-22-401-CA-2014-6099-1 to 250", "car", 250, "CAR1041", False),
        ("CAR-ROC-MX-1335-5-12-JA-2018-2–101  to  200", "car", 100, "CAR1335", False),
        ("ACR-US-360-2016-1201-1 to 9000", "acr", 9000, "ACR360", False),
        ("CN-5-1000-2-2-0-1234 - CN-5-1999-2-2-0-1234", "cdm", 1000, "1234", False),
        ("CDC_12_0_10_2020_1_BFC", "cercarbono", None, "CDC_12", True),
    ],
)
def test_serials_are_read_as_each_registry_writes_them(text, registry, size, project, buffer):
    found = parse_external(text)
    assert (found.registry, found.size, found.project_code, found.buffer) == (registry, size, project, buffer)


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "9001-500-1-VCS-VCU-997-VER-CN-14-2481-01012019-31122019-0",
        "9001-1-500-VCS-VCU-997-VER-CN-14-2481-01012019-31122019", "GS1-1-IN-GS7071-16-2019-21111-45",
        "x9001-1-500-VCS-VCU-997-VER-CN-14-2481-01012019-31122019-0",
        "CN-5-1000-2-2-0-1234 - CN-5-1999-2-2-0-1235", "CN-5-1999-2-2-0-1234 - CN-5-1000-2-2-0-1234",
        "ACR-US-360-2016-1201-9 to 1", "１２３",
    ],
)  # fmt: skip
def test_what_is_no_serial_or_runs_backwards_is_refused(text):
    with pytest.raises(Problem):
        parse_external(text)


def test_a_row_with_a_day_of_retirement_is_an_issuance_and_a_use():
    checked = check_records([table(verra(1, 500), verra(501, 600, retired="20/04/2022", who="两江纸业"))])
    assert checked.findings == []
    assert [(each.kind, each.quantity, each.dated_on) for each in checked.records] == [
        ("issued", 500, date(2021, 3, 15)),
        ("issued", 100, date(2021, 3, 15)),
        ("retired", 100, date(2022, 4, 20)),
    ]
    assert checked.records[2].beneficiary == "两江纸业"


@pytest.mark.parametrize(
    ("rows", "code", "row"),
    [
        ([verra(1, 500, quantity=499)], "quantity-differs", 2),
        ([verra(1, 500), verra(400, 700)], "numbers-overlap", 3),
        ([verra(1, 500), verra(1, 500)], "serial-twice", 3),
        ([verra(1, 500), verra(501, 1000, total=900)], "more-than-vintage", 3),
        ([[*verra(1, 5)[:8], "VCS-1-5", "", "", ""]], "serial-unknown", 2),
        ([[*verra(1, 5)[:8], "", "", "", ""]], "serial-missing", 2),
        ([[*verra(1, 5)[:7], "many", *verra(1, 5)[8:]]], "quantity-wrong", 2),
        ([verra(1, 5, retired="31/31/2020")], "day-wrong", 2),
    ],
)
def test_each_wrong_row_is_told_with_its_place(rows, code, row):
    (finding, *_) = check_records([table(*rows)]).findings
    assert (finding.code, finding.sheet, finding.row) == (code, "VCUs", row)
    assert finding.column
    assert str(finding)


def test_a_file_of_retirements_alone_is_known_by_its_headings():
    headings = [
        "Vintage",
        "Offset Credit Serial Numbers",
        "Quantity of Offset Credits",
        "Status Effective",
        "Project ID",
        "Retirement Reason",
    ]
    rows = [
        [
            "2014",
            "CAR-1-US-1041-22-401-CA-2014-6099-1 to 250",
            "250",
            "04/13/2020",
            "CAR1041",
            "On behalf of x",
        ]
    ]
    checked = check_records([table(*rows, headings=headings)])
    assert [(each.kind, each.dated_on) for each in checked.records] == [("retired", date(2020, 4, 13))]


def test_quantities_without_a_range_and_several_serials_in_a_cell():
    headings = ["Serial", "Quantity", "Status"]
    rows = [
        ["CDC_12_0_10_2020_1", "1.200", "Issued"],
        ["CDC_12_0_10_2020_1", "1200", "Issued"],
        ["GS1-1-IN-GS7071-16-2019-21111-1-10; GS1-1-IN-GS7071-16-2019-21111-21-30", "20", "Active"],
    ]
    checked = check_records([table(*rows, headings=headings)])
    assert [finding.code for finding in checked.findings] == ["quantity-wrong"]
    assert [(each.quantity, each.kind) for each in checked.records] == [
        (1200, "issued"),
        (10, "issued"),
        (10, "issued"),
    ]


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("03/04/2021", "dmy", date(2021, 4, 3)),
        ("03/04/2021", "mdy", date(2021, 3, 4)),
        ("2021-03-04 00:00:00", "dmy", date(2021, 3, 4)),
        ("Mar 4, 2021", "dmy", date(2021, 3, 4)),
        ("2021年3月4日", "dmy", date(2021, 3, 4)),
        ("4 March", "dmy", None),
    ],
)
def test_days_as_registers_write_them(text, order, day):
    assert read_day(text, order) == day


def test_a_file_without_serials_is_refused():
    with pytest.raises(Problem, match="serial numbers"):
        check_records([table(["1"], headings=["Amount"])])


async def load(city, *rows, name="vcus.csv"):
    return await external.import_records(
        city.office, file_name=name, content=repr(rows).encode(), tables=[table(*rows)]
    )


async def test_the_same_file_twice_changes_nothing(database):
    city = await register()
    rows = (verra(1, 500), verra(501, 600, retired="20/04/2022", who="a"))
    first = await load(city, *rows)
    assert (first.rows, first.added, first.known, first.refused) == (2, 3, 0, 0)
    kept = await external.list_external()
    again = await load(city, *rows)
    assert (again.added, again.known, again.refused) == (0, 3, 0)
    assert await external.list_external() == kept


async def test_a_later_export_shows_smaller_pieces_and_new_uses(database):
    city = await register()
    await load(city, verra(1, 1000))
    later = await load(
        city, verra(1, 100, retired="20/04/2022", who="a"), verra(101, 1000), verra(1001, 1500)
    )
    assert (later.added, later.known, later.refused) == (2, 2, 0)
    (line,) = {record.line for record in await external.list_external()}
    issued = [(r.first, r.last) for r in await external.list_external(kind="issued")]
    assert sorted(issued) == [(1, 1000), (1001, 1500)]
    assert line == "verra:9001"


async def test_what_contradicts_the_records_is_told(database):
    city = await register()
    await load(city, verra(1, 1000), verra(1001, 1100, retired="20/04/2022", who="a"))
    twice = await load(city, verra(1050, 1150, retired="01/05/2022", who="b"), name="b.csv")
    assert [finding.code for finding in twice.findings] == ["used-before"]
    other = await load(city, verra(2001, 2100, project="77"), name="c.csv")
    assert [finding.code for finding in other.findings] == ["other-project"]
    found = await external.find_external(
        serial="9001-1010-1020-VCS-VCU-997-VER-CN-14-2481-01012019-31122019-0"
    )
    assert [record.kind for record in found] == ["issued", "retired"]


async def test_only_an_authority_takes_records_in(database):
    city = await register()
    with pytest.raises(NotPermitted):
        await external.import_records(city.mill, file_name="x", content=b"", tables=[table(verra(1, 2))])
