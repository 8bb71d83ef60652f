import json
from datetime import date
from decimal import Decimal
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.errors import Problem
from methodologies.finance.lpr import Quote, Tenor, published
from scheduler.feeds.client import Destination, FeedProblem
from scheduler.feeds.lpr import fetch_lpr, parse_lpr
from tests.scheduler.feeds.server import plain, serving

TODAY = date(2026, 9, 1)
SHIPPED = (resources.files("methodologies.finance") / "lpr.csv").read_bytes()


def parse(body):
    return parse_lpr(body if isinstance(body, bytes) else body.encode(), feed="LPR", today=TODAY)


def outcome(body):
    try:
        return parse(body)
    except Problem as problem:
        return str(problem)


def cfets(*records, message=""):
    return json.dumps({"head": {"rep_code": "200"}, "data": {"message": message}, "records": list(records)})


def test_the_published_series_is_read_from_csv_with_or_without_a_mark():
    assert parse(SHIPPED) == tuple(sorted(published()))
    assert parse(b"\xef\xbb\xbf" + SHIPPED) == tuple(sorted(published()))


def test_the_history_of_the_funding_centre_is_read_from_json():
    answer = cfets(
        {"showDateCN": "2026-08-20", "showDateEN": "20 Aug 2026", "1Y": "3.00", "5Y": "3.50"},
        {"showDateCN": "2026-07-20", "1Y": "3.00", "5Y": "3.50"},
    )
    assert parse(answer)[-1] == Quote(date(2026, 8, 20), Tenor.FIVE_YEARS, Decimal("3.50"))
    assert len(parse(answer)) == 4


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "neither JSON nor a CSV with the columns date"),
        (b"\xff\xfe\x00", "not UTF-8"),
        ("<html>busy</html>", "neither JSON nor a CSV"),
        ("{not json", "begins like JSON"),
        ("{" * 100_000, "begins like JSON"),
        ('{"records": 5}', "no list called records"),
        ('{"records": [1, 2]}', "no list called records"),
        ('{"records": []}', "holds no quotation"),
        (cfets(message="too many requests"), "the other side says: too many requests"),
        (cfets({"showDateCN": "20/08/2026", "1Y": "3.00"}), "record 1 has the day '20/08/2026'"),
        (cfets({"showDateCN": "2026-02-30", "1Y": "3.00"}), "record 1 has the day '2026-02-30'"),
        (cfets({"showDateCN": "2026-08-20", "1Y": "NaN"}), "rate 'NaN', which cannot be read"),
        (cfets({"showDateCN": "2026-08-20", "1Y": "1e1"}), "rate '1e1'"),
        (cfets({"showDateCN": "2026-08-20", "1Y": "-3.00"}), "rate '-3.00'"),
        (cfets({"showDateCN": "2026-08-20", "1Y": {}}), "cannot be read"),
        ("date,lpr_1y_percent\n2026-08-20,3.00\n", "with the columns date, lpr_1y_percent, lpr_5y_percent"),
        (
            cfets({"showDateCN": "2026-08-20", "1Y": "3.00"}, {"showDateCN": "2026-08-20", "1Y": "3.10"}),
            "2026-08-20 has two values for 1Y, 3.00 and 3.10",
        ),
    ],
)
def test_an_answer_of_another_form_is_refused_with_the_place(body, told):
    with pytest.raises(FeedProblem) as caught:
        parse(body)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("day", "percent", "told"),
    [
        ("2026-08-20", "300", "outside the possible"),
        ("2026-08-20", "0.00", "outside the possible"),
        ("2026-08-20", "3.005", "has two decimals"),
        ("2026-09-20", "3.00", "lies in the future"),
    ],
)
def test_a_value_that_cannot_be_a_loan_prime_rate_is_refused(day, percent, told):
    with pytest.raises(Problem, match=told):
        parse(cfets({"showDateCN": day, "1Y": percent}))


@given(st.binary(max_size=300))
def test_whatever_arrives_is_read_or_refused_in_words(body):
    assert outcome(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["records", "data", "showDateCN", "1Y"]), inner)
        ),
        max_leaves=12,
    ).filter(lambda value: isinstance(value, dict))
)
def test_whatever_json_arrives_is_read_or_refused_in_words(value):
    assert outcome(json.dumps(value))


async def test_a_fetch_names_its_source_and_address():
    async with serving(plain(SHIPPED)) as asked:
        fetched = await fetch_lpr(Destination("LPR", asked.url(), local=True), today=TODAY)
    assert (fetched.source, fetched.address) == ("PBoC/CFETS", asked.url())
    assert fetched.quotes == tuple(sorted(published()))
