"""Documents on paper: the same bytes each time, fonts inside, and no text is ever run."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web.paper import Column, Figures, Paper, Section, Table, Text, paper_pdf, qr_svg

MADE_AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def statement(title: str = "碳账户对账单", *, rows: int = 3, **values) -> Paper:
    months = tuple((f"2025-{month:02}", f"{month * 1000:,}.000") for month in range(1, rows + 1))
    table = Table((Column("月份"), Column("排放量 (t)", "right")), months, totals=("合计", "6,000.000"))
    parts = (Figures((("企业", "渝江机械"),)), Text("说明。\n\n第二段。"), table)
    return Paper(title=title, language="zh", sections=(Section("明细", parts),), **values)


def test_the_same_content_and_instant_give_the_same_bytes():
    first = paper_pdf(statement(), made_at=MADE_AT)
    assert first.startswith(b"%PDF-")
    assert first == paper_pdf(statement(), made_at=MADE_AT)
    assert first != paper_pdf(statement("Statement"), made_at=MADE_AT)


def test_chinese_fonts_are_inside_the_document():
    pdf = paper_pdf(statement(), made_at=MADE_AT)
    assert b"NotoSansCJKsc" in pdf
    assert b"/FontFile" in pdf


def test_a_long_table_goes_on_over_pages_and_a_qr_code_is_drawn():
    short, long = (
        statement(),
        statement(rows=120, qr_text="https://example.org/c/1", qr_label="扫码", wide=True),
    )
    pages = [len(re.findall(rb"/Type\s*/Page\b", paper_pdf(one, made_at=MADE_AT))) for one in (short, long)]
    assert pages[0] == 1
    assert pages[1] > 2
    assert qr_svg("https://example.org/c/1").startswith("<svg")


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_any_text_is_printed_and_never_run(text):
    hostile = statement(text, foot=text, number=f'#read("/etc/passwd") {text}')
    assert paper_pdf(hostile, made_at=MADE_AT).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "text", ["$x$", "#panic()", "= h", '"', "\\u{0}", "*", "@ref", "<label>", "//", "{{"]
)
def test_marks_of_the_typesetter_are_plain_text(text):
    assert paper_pdf(statement(text), made_at=MADE_AT).startswith(b"%PDF-")
