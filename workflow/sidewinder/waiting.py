"""How long a run waits: minutes for its users, seconds in tests, which say so in the environment."""

import math
import os

from sidewinder.errors import UserError


def seconds(variable: str, usual: float) -> float:
    """Look up how many seconds something takes: only tests set such variables, so that they need not wait as long.

    Parameters
    ----------
    variable : str
        The environment's variable: `SIDEWINDER_` and the name of the constant.
    usual : float
        What holds where the variable is not set.

    Returns
    -------
    seconds : float

    Raises
    ------
    UserError
        If the variable holds no number of seconds.
    """
    text = os.environ.get(variable)
    if text is None:
        return usual
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise UserError(f"{variable}={text} in the environment is no number of seconds, such as {usual:g}; unset it")
    return value
