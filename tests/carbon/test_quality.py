"""The data-quality score."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.quality import age_answer, criteria, grade, mean_score, scheme, score

ANSWERS = st.fixed_dictionaries(
    {id_: st.sampled_from(sorted(each.marks)) for id_, each in criteria().items()}
)


def test_the_best_answers_score_one_and_the_scheme_says_whose_it_is():
    best = {id_: min(each.marks, key=each.marks.get) for id_, each in criteria().items()}
    assert score(best) == 1
    assert grade(score(best)) == "good"
    assert "house" in scheme().en


def test_measured_with_evidence_is_weighted_by_hand():
    # (3 × 1 + 2 × 4) / 5: measured, without evidence
    assert score({"origin": "measured", "evidence": "none"}) == pytest.approx(2.2)


@given(ANSWERS)
def test_every_score_lies_between_one_and_five_and_has_a_grade(answers):
    assert 1 <= score(answers) <= 5
    assert grade(score(answers)) in {"good", "fair", "poor"}


@given(ANSWERS, st.sampled_from(sorted(criteria())))
def test_a_better_answer_never_worsens_the_score(answers, which):
    marks = criteria()[which].marks
    better = {**answers, which: min(marks, key=marks.get)}
    assert score(better) <= score(answers)


@pytest.mark.parametrize(
    ("vintage", "answer"),
    [(2025, "fresh"), (2022, "fresh"), (2021, "recent"), (2013, "old"), (None, "unknown")],
)
def test_a_factor_ages(vintage, answer):
    assert age_answer(vintage, 2025) == answer


def test_large_emissions_weigh_more_and_none_give_no_score():
    assert mean_score([(1, 90), (5, 10)]) == pytest.approx(1.4)
    assert mean_score([(1, -90), (5, 10)]) == pytest.approx(1.4)
    assert mean_score([(3, 0)]) is None
