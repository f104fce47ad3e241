"""What a training remembers of itself."""

from sidewinder.train.history import History


def history() -> History:
    made = History()
    for iteration, loss in enumerate((1.0, 0.5, 0.25)):
        made.add_loss(iteration, loss)
    made.add_scores(2, {"a": 0.5, "b": 0.25})
    return made


def test_a_checkpoint_brings_it_back():
    assert History.from_text(history().as_text()) == history()


def test_the_line_says_where_the_training_stands():
    assert history().line(9) == "3/9 iterations, loss 0.9387, SEG after 2: 0.500 a, 0.250 b"
    assert History([2.0]).line(9) == "1/9 iterations, loss 2.0000"


def test_the_csv(tmp_path):
    history().write(tmp_path / "training.csv")
    assert (tmp_path / "training.csv").read_text() == (
        "iteration,loss,SEG_a,SEG_b\n1,1.000000,,\n2,0.500000,0.5,0.25\n3,0.250000,,\n"
    )
