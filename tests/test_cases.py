"""The table of cases in docs/reliability.md has what the tests name."""

from cases import GROUPS, listed_in_page, named_in_tests


def test_the_table_lists_the_cases_that_tests_are_marked_with():
    listed = listed_in_page()
    again = "run: python -m pytest -m case --write-cases"
    assert sorted((case.group, case.name) for case in listed) == sorted(named_in_tests()), again
    assert {case.group for case in listed} == set(GROUPS)
    assert len(listed) > 80
