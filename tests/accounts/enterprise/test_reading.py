import datetime as dt
import io
import json
import time
import zipfile

import pytest
import xlsxwriter

from accounts.enterprise.reading import read_file
from accounts.enterprise.workbooks import UNSAVED_FORMULA
from carbon.errors import Problem, TooLarge

TABLE = '期间,设施,排放源,品种,数量,单位\n2024-03,一厂,化石燃料燃烧,柴油,"1,200.5",吨\n'
HEADINGS = ("期间", "设施", "排放源", "品种", "数量", "单位")
ROW = ("2024-03", "一厂", "化石燃料燃烧", "柴油", "1,200.5", "吨")


def workbook(fill) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        fill(book)
    return file.getvalue()


def sheet_of(content: bytes, name: str = "a.xlsx"):
    (sheet,) = read_file(name, content).sheets
    return sheet


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_a_csv_is_read_in_the_encoding_it_was_written_in(encoding):
    sheet = sheet_of(TABLE.encode(encoding), "a.csv")
    assert sheet.headings == HEADINGS
    assert sheet.frame.row(0) == ROW


def test_big5_is_told_from_gb18030_by_the_headings_it_gives():
    read = read_file("a.csv", "期間,設施,排放源,數量,單位\n2024,a,b,1,t\n".encode("big5"))
    assert read.sheets[0].headings == ("期間", "設施", "排放源", "數量", "單位")
    assert "Big5" in str(read.findings[0])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_that_shows_the_headings(delimiter):
    sheet = sheet_of(TABLE.replace('"1,200.5"', "1").replace(",", delimiter).encode(), "a.csv")
    assert sheet.headings == HEADINGS
    assert sheet.semicolons == (delimiter == ";")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_kind_are_read(end):
    sheet = sheet_of(TABLE.replace("\n", end).encode(), "a.csv")
    assert sheet.frame.row(0) == ROW


def test_title_rows_above_the_headings_are_passed_over_and_rows_keep_their_numbers():
    sheet = sheet_of(("某公司能耗表\n\n" + TABLE).encode(), "a.csv")
    assert sheet.headings == HEADINGS
    assert sheet.row_number(0) == 4


def test_a_quoted_line_break_stays_in_its_cell():
    sheet = sheet_of((TABLE + '2024-04,"二\n厂",x,y,1,t\n2024-05,三厂,x,y,1,t\n').encode(), "a.csv")
    assert sheet.frame["c1"].to_list() == ["一厂", "二\n厂", "三厂"]


def test_blank_lines_count_as_rows_but_hold_nothing():
    sheet = sheet_of((TABLE + "\n2024-04,二厂,x,y,1,t\n").encode(), "a.csv")
    assert sheet.frame["c1"].to_list() == ["一厂", None, "二厂"]


def test_a_row_wider_than_the_headings_is_an_error_of_that_row_alone():
    read = read_file("a.csv", (TABLE + "1,2,3,4,5,6,7\n2024-04,二厂,x,y,1,t\n").encode())
    assert [(finding.code, finding.row) for finding in read.findings] == [("too-many-cells", 3)]
    assert read.sheets[0].frame["c1"].to_list() == ["一厂", None, "二厂"]


def test_a_workbook_with_title_and_merged_headings_is_read():
    def fill(book):
        page = book.add_worksheet("三月")
        page.merge_range(0, 0, 0, 5, "某公司")
        page.merge_range(1, 0, 2, 0, "期间")
        page.merge_range(1, 1, 1, 2, "用量")
        page.merge_range(1, 3, 2, 3, "排放源")
        page.write_row(2, 1, ["数量", "单位"])
        page.write_row(3, 0, ["2024-03", 12.5, "吨", "柴油"])

    sheet = sheet_of(workbook(fill))
    assert sheet.headings == ("期间", "数量", "单位", "排放源")
    assert (sheet.frame.row(0), sheet.row_number(0)) == (("2024-03", "12.5", "吨", "柴油"), 4)


def test_numbers_and_days_of_a_workbook_come_as_their_writer_sees_them():
    def fill(book):
        page = book.add_worksheet()
        page.write_row(0, 0, ["期间", "数量", "单位"])
        page.write_datetime(1, 0, dt.date(2024, 3, 1), book.add_format({"num_format": "yyyy-mm"}))
        page.write_row(1, 1, [0.1 + 0.2, "t"])
        page.write_row(2, 0, ["2024-04", 1200.0, "t"])

    assert sheet_of(workbook(fill)).frame.rows() == [("2024-03-01", "0.3", "t"), ("2024-04", "1200", "t")]


def test_a_formula_gives_its_saved_value_with_a_warning_and_is_marked_without_one():
    def fill(book):
        page = book.add_worksheet("一")
        page.write_row(0, 0, ["期间", "数量", "单位"])
        page.write(1, 0, "2024-03")
        page.write_formula(1, 1, "=2*3", None, 6)
        page.write(2, 0, "2024-04")
        page.write_formula(2, 1, "=2*3", None, "")

    read = read_file("a.xlsx", workbook(fill))
    assert read.sheets[0].frame["c1"].to_list() == ["6", UNSAVED_FORMULA]
    assert [finding.code for finding in read.findings] == ["formulas"]


def test_hidden_and_empty_sheets_are_left_out_and_said():
    def fill(book):
        book.add_worksheet("数据").write_row(0, 0, ["期间", "数量", "单位"])
        book.add_worksheet("空")
        hidden = book.add_worksheet("藏")
        hidden.write_row(0, 0, ["期间", "数量", "单位"])
        hidden.hide()

    read = read_file("a.xlsx", workbook(fill))
    assert [sheet.name for sheet in read.sheets] == ["数据"]
    assert [(finding.code, finding.sheet) for finding in read.findings] == [
        ("empty-sheet", "空"),
        ("hidden-sheet", "藏"),
    ]


def test_merged_data_cells_count_for_every_row_they_cover():
    def fill(book):
        page = book.add_worksheet("一")
        page.write_row(0, 0, ["设施", "期间", "数量", "单位"])
        page.merge_range(1, 0, 2, 0, "一厂")
        page.write_row(1, 1, ["2024-03", 1, "t"])
        page.write_row(2, 1, ["2024-04", 2, "t"])

    read = read_file("a.xlsx", workbook(fill))
    assert read.sheets[0].frame["c0"].to_list() == ["一厂", "一厂"]
    assert [(finding.code, finding.row) for finding in read.findings] == [("merged-cell", 3)]


def test_a_small_file_that_would_unpack_to_hundreds_of_megabytes_is_refused_at_once():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(300_000_000))
    assert len(file.getvalue()) < 400_000
    started = time.perf_counter()
    with pytest.raises(TooLarge, match="would unpack to 286 MB"):
        read_file("a.xlsx", file.getvalue())
    assert time.perf_counter() - started < 1


def test_a_workbook_whose_directory_lies_about_its_size_harms_nobody():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    content = file.getvalue().replace((50_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    with pytest.raises(Problem):
        read_file("a.xlsx", content)


@pytest.mark.parametrize("member", ["inner.zip", "xl/embeddings/a.xlsx", "b.7z"])
def test_an_archive_within_an_archive_is_refused(member):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, b"x")
    with pytest.raises(Problem, match="holds another file"):
        read_file("a.xlsx", file.getvalue())


def test_an_archive_of_too_many_parts_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}.xml", b"")
    with pytest.raises(TooLarge, match="1001 parts"):
        read_file("a.xlsx", file.getvalue())


@pytest.mark.parametrize("cut", [50, 500, 3000])
def test_a_workbook_cut_short_is_called_damaged(cut):
    content = workbook(lambda book: book.add_worksheet().write_row(0, 0, ["期间", "数量", "单位"]))
    with pytest.raises(Problem, match="damaged"):
        read_file("a.xlsx", content[:cut])


def test_xml_entities_in_a_workbook_are_not_expanded():
    content = workbook(lambda book: book.add_worksheet().write_row(0, 0, ["期间", "数量", "单位"]))
    source, file = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for member in source.infolist():
            data = source.read(member)
            if member.filename == "xl/workbook.xml":
                data = data.replace(b"<workbook", b'<!DOCTYPE x [<!ENTITY a "b">]><workbook', 1)
            archive.writestr(member.filename, data)
    with pytest.raises(Problem):
        read_file("a.xlsx", file.getvalue())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS"),
        (b"\x00\x01\x02\x03", "NUL"),
        (b"\xff\x81\x00\x01", "no text"),
        ("期间,数量\n\x00,1".encode(), "NUL"),
        (b'{"a": 1}', "list of objects"),
        (b"[]", "empty"),
        (b'[{"period": NaN}]', "NaN"),
        (b'[{"period": 1, "period": 2}]', "twice"),
        (b'[{"period": [1]}]', "a list"),
        (b"[{", "no valid JSON"),
        (b"[" * 100_000, "nests deeper"),
        (b'[{"a": "\xff"}]', "not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(content, says):
    with pytest.raises(Problem, match=says):
        read_file("a", content)


def test_json_numbers_keep_the_digits_they_were_written_with():
    content = json.dumps([{"period": "2024-03", "note": None}])[:-2] + ', "amount": 1.50}]'
    sheet = sheet_of(content.encode(), "a.json")
    assert (sheet.headings, sheet.frame.row(0)) == (("period", "note", "amount"), ("2024-03", None, "1.50"))


def test_a_name_keeps_neither_folders_nor_control_characters():
    assert read_file("../../etc/三月\u202e\x07.csv", TABLE.encode()).name == "三月.csv"
    assert read_file("C:\\目录\\三月.csv", TABLE.encode()).name == "三月.csv"
