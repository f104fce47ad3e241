"""What a user may set about tracking."""

from dataclasses import dataclass
from typing import Any, Literal

from sidewinder.errors import UserError


@dataclass(frozen=True)
class TrackSettings:
    """Settings of the stage `track`; anything else is refused.

    Parameters
    ----------
    search_range_um : "auto" or float
        How far a cell may move from one frame to the next, beyond what all cells move together.
    search_range_px : float or None
        The same in pixels, for movies whose pixel size is not known; takes the place of `search_range_um`.
    max_gap_frames : int
        For how many frames a cell may be missing and still be the same cell.
    divisions : bool
        Whether divisions are looked for.
    repair : bool
        Whether cells that a frame has missed, merged or split are repaired.
    """

    search_range_um: Literal["auto"] | float = "auto"
    search_range_px: float | None = None
    max_gap_frames: int = 2
    divisions: bool = True
    repair: bool = True

    def __post_init__(self) -> None:
        um, px, gap = self.search_range_um, self.search_range_px, self.max_gap_frames
        _require(um == "auto" or _is_positive(um), "search_range_um", um, "auto, or a number of micrometres above 0")
        _require(px is None or _is_positive(px), "search_range_px", px, "a number of pixels above 0, or nothing")
        _require(_is_whole(gap) and gap >= 0, "max_gap_frames", gap, "a whole number of frames from 0")
        _require(isinstance(self.divisions, bool), "divisions", self.divisions, "true or false")
        _require(isinstance(self.repair, bool), "repair", self.repair, "true or false")
        if um != "auto" and px is not None:
            raise UserError("config, track: give search_range_um or search_range_px, not both")

    @classmethod
    def from_config(cls, settings: dict[str, Any]) -> "TrackSettings":
        """Settings from the config's mapping; a UserError names what is not known or not allowed."""
        unknown = sorted(set(settings) - set(cls.__dataclass_fields__))
        if unknown:
            known = ", ".join(cls.__dataclass_fields__)
            raise UserError(f"config, track: there is no {', '.join(unknown)}; allowed are {known}")
        return cls(**settings)

    def given_search_range_px(self, pixel_size_um: float | None) -> float | None:
        """The search range that the user gave, in pixels; None where the movie has to tell it.

        Parameters
        ----------
        pixel_size_um : float or None
            None where not known.

        Raises
        ------
        UserError
            If it was given in micrometres and the pixel size is not known.
        """
        if self.search_range_um == "auto":
            return None if self.search_range_px is None else float(self.search_range_px)
        if pixel_size_um is None:
            raise UserError(
                f"config, track: search_range_um is {self.search_range_um:g}, but the movie does not say its pixel "
                "size; give pixel_size_um in the sheet, or search_range_px in place of search_range_um"
            )
        return self.search_range_um / pixel_size_um


def _require(fulfilled: bool, key: str, value: object, allowed: str) -> None:
    if not fulfilled:
        raise UserError(f"config, track: {key} is {value!r}; allowed is {allowed}")


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
