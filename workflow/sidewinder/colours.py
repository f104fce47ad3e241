"""Colours of lineages, the same in every figure."""

# eight that colour-blind people tell apart, light enough for dark pictures (after Okabe & Ito 2008 and Tol 2021)
LINEAGES = (
    (230, 159, 0),
    (86, 180, 233),
    (240, 228, 66),
    (0, 191, 140),
    (255, 112, 67),
    (214, 140, 190),
    (153, 221, 255),
    (187, 204, 51),
)


def lineage_colour(lineage_id: int) -> tuple[int, int, int]:
    """Return the colour, red green blue from 0 to 255, of a lineage; neighbouring ids differ.

    Examples
    --------
    >>> lineage_colour(2)
    (240, 228, 66)
    """
    return LINEAGES[lineage_id % len(LINEAGES)]
