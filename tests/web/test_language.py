import pytest
from litestar import Request

from carbon.errors import Problem
from web.language import catalogue, language_of, translate, translate_problem


def request(query: str = "", **headers: str) -> Request:
    return Request(
        {
            "type": "http",
            "query_string": query.encode(),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }
    )


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        (request("lang=en"), "en"),
        (request("lang=en", cookie="language=zh"), "en"),
        (request(cookie="language=en", accept_language="zh"), "en"),
        (request(accept_language="fr, en;q=0.5, zh;q=0.9"), "zh"),
        (request(accept_language="en-GB,en;q=0.9"), "en"),
        (request(accept_language="fr"), "zh"),
        (request("lang=xx", cookie="language=yy", accept_language="q=nonsense;q=x"), "zh"),
        (request(), "zh"),
    ],
)
def test_the_nearest_wish_decides_the_language(asked, language):
    assert language_of(asked) == language


def test_english_is_the_template_itself():
    assert translate("en", "Row {row} of {file}", row=3, file="a.csv") == "Row 3 of a.csv"


def test_chinese_texts_come_from_the_catalogue():
    template, text = next(iter(catalogue("zh").items()))
    assert translate("zh", template) == text != template


def test_values_in_both_languages_are_told_in_the_reader_s():
    problem = Problem("It is {fuel}.", fuel={"zh": "烟煤", "en": "bituminous coal"})
    assert "烟煤" in translate_problem("zh", problem)
    assert str(translate_problem("en", problem)) == "It is bituminous coal."
