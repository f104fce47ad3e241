"""Work on threads ahead of who takes the results: in order, no more than asked, errors in their place."""

import threading

import pytest

from sidewinder.prefetch import prefetch


def test_results_come_in_the_order_of_the_jobs_though_threads_end_in_another():
    last_done = threading.Event()

    def job(number):
        if number == 3:
            last_done.set()
        else:
            assert last_done.wait(10)
        return 10 * number

    assert list(prefetch(job, range(4), n_threads=4)) == [0, 10, 20, 30]


def test_no_more_than_the_threads_hold_is_read_ahead():
    read = []
    results = prefetch(lambda number: read.append(number), range(100), n_threads=3)
    for _ in range(5):
        next(results)
    results.close()
    # the fifth is handed out, and three more at most are under way
    assert len(read) <= 5 + 3


def test_an_error_of_a_thread_is_raised_where_its_result_would_come():
    def job(number):
        if number == 2:
            raise OSError("frame 2 cannot be read")
        return number

    results = prefetch(job, range(100), n_threads=2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(OSError, match="frame 2"):
        next(results)
