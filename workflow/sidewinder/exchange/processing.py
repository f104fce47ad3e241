"""The zoo's steps before and behind a network, as functions of tensors (..., C, Y, X).

What a step takes from the data, such as quantiles, it takes from the movie, not from a window of it.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import torch

from sidewinder.errors import UserError

Operation = Callable[[torch.Tensor], torch.Tensor]
# steps that look at the data; behind a network there is nothing but one window to look at
OF_THE_DATA = ("zero_mean_unit_variance", "scale_range", "scale_mean_variance")


def before(where: str, steps: Sequence[Any], sample: torch.Tensor) -> Operation:
    """All steps before a network, fitted to a movie.

    Parameters
    ----------
    where : str
        The package, for messages.
    steps : sequence
        `preprocessing` of an input, by `bioimageio.spec.model.v0_5`.
    sample : Tensor, shape (C, 1, N), float32
        Grey values of the movie.

    Returns
    -------
    operation : callable
        A function from grey values (..., C, Y, X) of any type to float32.

    Raises
    ------
    UserError
        If there is a step that is not known.
    """
    operations: list[Operation] = []
    for step in steps:
        operation = _operation(where, step, sample)
        sample = operation(sample)
        operations.append(operation)
    return lambda values: reduce(lambda current, operation: operation(current), operations, values.float())


def behind(where: str, steps: Sequence[Any]) -> Operation:
    """All steps behind a network, for maps (..., C, Y, X); raises UserError where one is not known."""
    for step in steps:
        percentiles = (getattr(step.kwargs, name, None) for name in ("min_percentile", "max_percentile"))
        if step.id in OF_THE_DATA or any(percent is not None for percent in percentiles):
            raise UserError(f"{where}: {step.id} behind the network, which would differ from tile to tile")
    operations = [_operation(where, step, torch.zeros(0)) for step in steps]
    return lambda values: reduce(lambda current, operation: operation(current), operations, values)


def _operation(where: str, step: Any, sample: torch.Tensor) -> Operation:
    """One step as a function."""
    name, given = step.id, step.kwargs
    if name == "ensure_dtype":
        dtype = getattr(torch, given.dtype)
        return lambda values: values.to(dtype).float()
    if name == "sigmoid":
        return torch.sigmoid
    if name == "softmax":
        return lambda values: torch.softmax(values, dim=-3)
    if name == "binarize":
        threshold = _along(where, step, given.threshold)
        return lambda values: (values > _beside(threshold, values)).float()
    if name == "clip":
        return _clip(given, sample)
    if name == "scale_linear":
        gain, offset = _along(where, step, given.gain), _along(where, step, given.offset)
        return lambda values: values * _beside(gain, values) + _beside(offset, values)
    if name == "fixed_zero_mean_unit_variance":
        mean, deviation = _along(where, step, given.mean), _along(where, step, given.std)
        return _affine(mean, deviation)
    if name == "zero_mean_unit_variance":
        dims = _dims(given.axes)
        mean, deviation = sample.mean(dims, keepdim=True), sample.std(dims, keepdim=True, correction=0)
        return _affine(mean, deviation + given.eps)
    if name == "scale_range":
        low, high = (_quantile(sample, percent, given.axes) for percent in (given.min_percentile, given.max_percentile))
        return _affine(low, high - low + given.eps)
    raise UserError(f"{where}: the step {name} is not known here")


def _beside(constant: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """A constant on the device of the values."""
    return constant.to(values.device)


def _affine(low: torch.Tensor, length: torch.Tensor) -> Operation:
    """Subtract, then divide."""
    return lambda values: (values - _beside(low, values)) / _beside(length, values)


def _clip(given: Any, sample: torch.Tensor) -> Operation:
    """Clip at given values or at the movie's quantiles."""

    def limit(value: float | None, percent: float | None) -> torch.Tensor | None:
        if percent is not None:
            return _quantile(sample, percent, given.axes)
        return None if value is None else torch.tensor(value)

    limits = (limit(given.min, given.min_percentile), limit(given.max, given.max_percentile))
    return lambda values: values.clamp(*(None if each is None else _beside(each, values) for each in limits))


def _along(where: str, step: Any, value: float | list[float]) -> torch.Tensor:
    """One value, or one a channel as (C, 1, 1)."""
    if not isinstance(value, list):
        return torch.tensor(value)
    if str(step.kwargs.axis) != "channel":
        raise UserError(f"{where}: {step.id} along the axis {step.kwargs.axis}; it can be used along channels")
    return torch.tensor(value).reshape(-1, 1, 1)


def _dims(axes: Sequence[Any] | None) -> tuple[int, ...]:
    """Over which dimensions of a sample (C, 1, N) statistics are taken; None means over all."""
    return (0, 1, 2) if axes is None or "channel" in map(str, axes) else (1, 2)


def _quantile(sample: torch.Tensor, percent: float, axes: Sequence[Any] | None) -> torch.Tensor:
    """A quantile of the sample, as (1 or C, 1, 1)."""
    # PyTorch's own refuses more than 16 million values
    return torch.from_numpy(np.percentile(sample.numpy(), percent, axis=_dims(axes), keepdims=True).astype(np.float32))
