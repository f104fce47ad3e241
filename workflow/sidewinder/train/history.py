"""What a training has seen of itself: the loss of each iteration, and scores on the way."""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path

from sidewinder.store import atomic_file

# share of the smoothed loss that an iteration keeps
SMOOTHING = 0.95


@dataclass
class History:
    """Loss and scores over the iterations.

    Parameters
    ----------
    losses : list of float
        Loss of each iteration.
    scores : dict of int to dict of str to float
        After how many iterations, which set of frames has which SEG.
    """

    losses: list[float] = field(default_factory=list)
    scores: dict[int, dict[str, float]] = field(default_factory=dict)

    def add_loss(self, iteration: int, loss: float) -> None:
        """Note an iteration's loss."""
        assert iteration == len(self.losses)
        self.losses.append(loss)

    def add_scores(self, done: int, scores: dict[str, float]) -> None:
        """Note the scores after some iterations."""
        self.scores[done] = scores

    def smooth(self) -> list[float]:
        """The losses, smoothed."""
        smooth: list[float] = []
        for loss in self.losses:
            smooth.append(loss if not smooth else SMOOTHING * smooth[-1] + (1 - SMOOTHING) * loss)
        return smooth

    def line(self, iterations: int) -> str:
        """The state of the training, in a line."""
        said = f"{len(self.losses)}/{iterations} iterations, loss {self.smooth()[-1]:.4f}"
        if self.scores:
            done, scores = max(self.scores.items())
            said += f", SEG after {done}: " + ", ".join(
                f"{score:.3f} {'/'.join(Path(name).parts[-3:])}" for name, score in scores.items()
            )
        return said

    def as_text(self) -> str:
        """The history as text, for a checkpoint."""
        return json.dumps({"losses": self.losses, "scores": self.scores})

    @classmethod
    def from_text(cls, text: str) -> "History":
        """A history from the text in a checkpoint."""
        read = json.loads(text)
        return cls(read["losses"], {int(done): scores for done, scores in read["scores"].items()})

    def write(self, path: Path) -> None:
        """Write a CSV: iteration (how many are done), loss, and a column SEG_<set> a set of frames."""
        names = sorted({name for scores in self.scores.values() for name in scores})
        with atomic_file(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["iteration", "loss", *(f"SEG_{name}" for name in names)])
            for done, loss in enumerate(self.losses, start=1):
                scores = self.scores.get(done, {})
                writer.writerow([done, f"{loss:.6f}", *(scores.get(name, "") for name in names)])
