"""Corrected links and divisions as what tracking knows before it begins."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sidewinder.edits.places import NO_CELL, Places, spoken
from sidewinder.edits.table import OF_LINKS, Broken, Edit
from sidewinder.link.constraints import Constraints


@dataclass
class KnownLinks:
    """Links, divisions and what is none, by rows of cells.

    Parameters
    ----------
    places : Places
        Finds the cells that edits name.
    broken : list of Broken
        Edits that do not hold; the later one of two that contradict each other.
    """

    places: Places
    broken: list[Broken] = field(default_factory=list)
    links: dict[int, int] = field(default_factory=dict)
    divisions: dict[int, list[int]] = field(default_factory=dict)
    unlinked: set[tuple[int, int]] = field(default_factory=set)
    undivided: set[int] = field(default_factory=set)
    # the line that says what the cell before a cell is, and what the one behind it
    before: dict[int, int] = field(default_factory=dict)
    after: dict[int, int] = field(default_factory=dict)
    lines: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, edit: Edit) -> None:
        """Take an edit in, or say why it does not hold."""
        first = self._cell(edit, edit.frame, edit.yx_px)
        if edit.edit == "not_division":
            if first in self.divisions:
                self._contradicts(edit, self.after[first])
            elif first != NO_CELL:
                self.undivided.add(first)
                self.lines[first, NO_CELL] = edit.line
            return
        if edit.to_frame is None or edit.to_yx_px is None:
            return
        second = self._cell(edit, edit.to_frame, edit.to_yx_px)
        if NO_CELL in (first, second):
            return
        {"link": self._link, "unlink": self._unlink, "divide": self._divide}[edit.edit](edit, first, second)

    def complete(self, edits: Sequence[Edit], n_cells: int) -> Constraints:
        """What is known; divisions with a single daughter do not hold."""
        line_of = {edit.line: edit for edit in edits}
        for mother in [mother for mother, daughters in self.divisions.items() if len(daughters) < 2]:
            edit = line_of[self.after[mother]]
            self.broken.append(
                Broken(edit.line, edit.frame, "a division has two daughters at least, with a row of divide for each")
            )
            del self.divisions[mother]
        divisions = {mother: tuple(sorted(daughters)) for mother, daughters in self.divisions.items()}
        return Constraints(n_cells, self.links, frozenset(self.unlinked), divisions, tuple(sorted(self.undivided)))

    def _cell(self, edit: Edit, frame: int, yx_px: tuple[float, float]) -> int:
        row = self.places.cell_at(frame, yx_px)
        if row == NO_CELL:
            self.broken.append(Broken(edit.line, frame, f"{edit.edit} expects a cell at {spoken(yx_px)}"))
        return row

    def _link(self, edit: Edit, source: int, target: int) -> None:
        if self.links.get(source) == target:
            return
        if not self._is_contradicted(edit, source, target, self.after.get(source)):
            self.links[source] = target
            self.before[target] = self.after[source] = self.lines[source, target] = edit.line

    def _divide(self, edit: Edit, mother: int, daughter: int) -> None:
        daughters = self.divisions.get(mother, [])
        if daughter in daughters:
            return
        other = None if daughters else self.after.get(mother)
        if other is None and mother in self.undivided:
            other = self.lines[mother, NO_CELL]
        if not self._is_contradicted(edit, mother, daughter, other):
            self.divisions.setdefault(mother, []).append(daughter)
            self.before[daughter] = self.lines[mother, daughter] = edit.line
            self.after.setdefault(mother, edit.line)

    def _unlink(self, edit: Edit, source: int, target: int) -> None:
        if self.links.get(source) == target or target in self.divisions.get(source, []):
            self._contradicts(edit, self.lines[source, target])
        else:
            self.unlinked.add((source, target))
            self.lines[source, target] = edit.line

    def _is_contradicted(self, edit: Edit, source: int, target: int, of_source: int | None) -> bool:
        """Whether an earlier line says something else of one of two cells."""
        apart = self.lines[source, target] if (source, target) in self.unlinked else None
        earlier = [line for line in (of_source, self.before.get(target), apart) if line is not None]
        if earlier:
            self._contradicts(edit, earlier[0])
        return bool(earlier)

    def _contradicts(self, edit: Edit, line: int) -> None:
        self.broken.append(
            Broken(edit.line, edit.frame, f"{edit.edit} at {spoken(edit.yx_px)} contradicts line {line}, which holds")
        )


def known_links(edits: Sequence[Edit], places: Places, n_cells: int) -> tuple[Constraints, list[Broken]]:
    """Find the cells that edits of links name.

    Parameters
    ----------
    edits : sequence of Edit
        Edits of masks among them are passed over.
    places : Places
        Finds the cells.
    n_cells : int
        Number of cells.

    Returns
    -------
    known : Constraints
        By rows of the cells.
    broken : list of Broken
        Edits that find no cell within the cell's radius, or contradict an earlier one, which then holds.
    """
    known = KnownLinks(places)
    for edit in edits:
        if edit.edit in OF_LINKS:
            known.add(edit)
    return known.complete(edits, n_cells), known.broken
