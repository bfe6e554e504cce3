"""Learning rates that change with the steps: optax's schedules by name, with the learning rate as their peak.

- `("cosine", {})`: from the peak down to zero over all steps
- `("warmup_cosine", {"warmup_steps": 100})`: up from zero and down again
- `("exponential", {"decay_rate": 0.01})`: to a hundredth of the peak over all steps
- `("linear", {})`: to zero
- `("piecewise", {"boundaries": [1000, 2000], "scales": [0.3, 0.3]})`: times 0.3 at each
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pushforward.runtime.optimise.keywords import check_keywords, parameters, suggestion

_ENDINGS = ("_decay_schedule", "_schedule", "_decay", "_constant_schedule")  # of optax's names
_PEAKS = ("peak_value", "init_value", "value")  # what a schedule calls its peak, the first that it has


def schedules() -> Mapping[str, Callable[..., Any]]:
    """Optax's schedules, by the names that are used here."""
    import optax

    found: dict[str, Callable[..., Any]] = {}
    for ending in reversed(_ENDINGS):
        for name in dir(optax):
            function = getattr(optax, name)
            if name.endswith(ending) and callable(function) and _peak_of(function):
                found[name.removesuffix(ending)] = function
    return found


def schedule(name: str, given: Mapping[str, Any], peak: float, steps: int) -> Callable[[Any], Any]:
    """The learning rate as a function of the step's number.

    What is not given follows the number of steps: a decay lasts for all of them and ends at zero
    (exponential: at a tenth), a warmup begins at zero and lasts for a tenth of them. Raises ValueError.
    """
    import jax

    known = schedules()
    if name not in known:
        raise ValueError(f"there is no schedule {name!r}{suggestion(name, known)}")
    function = known[name]
    peak_name = _peak_of(function)
    taken = parameters(function)
    defaults = _defaults(steps)
    if peak_name != "init_value":
        defaults["init_value"] = 0.0
    settings = _joined_boundaries(name, given) if "boundaries_and_scales" in taken else dict(given)
    lacking = {k: v for k, v in defaults.items() if k in taken and k not in settings and _required(taken[k])}
    what = f"the schedule {name}"
    check_keywords(what, function, settings, {peak_name, *lacking}, others=lacking)
    try:
        made: Callable[[Any], Any] = function(**{peak_name: peak}, **lacking, **settings)
        jax.eval_shape(made, 0)
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{what} cannot be made: {error}") from error
    return made


def _defaults(steps: int) -> dict[str, Any]:
    return {
        "decay_steps": steps,
        "transition_steps": steps,
        "warmup_steps": max(1, steps // 10),
        "end_value": 0.0,
        "decay_rate": 0.1,
    }


def _peak_of(function: Callable[..., Any]) -> str:
    taken = parameters(function)
    return next((peak for peak in _PEAKS if peak in taken), "")


def _required(parameter: Any) -> bool:
    return bool(parameter.default is parameter.empty)


def _joined_boundaries(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Steps and the factors that apply from them, as the dictionary that optax takes."""
    rest = {k: v for k, v in given.items() if k not in ("boundaries", "scales")}
    if "boundaries_and_scales" in rest:
        return rest
    if "boundaries" not in given or "scales" not in given:
        raise ValueError(f"the schedule {name} needs boundaries (steps) and scales (the factors from there on)")
    boundaries, scales = list(given["boundaries"]), list(given["scales"])
    if len(boundaries) != len(scales):
        raise ValueError(
            f"the schedule {name} has {len(boundaries)} boundaries and {len(scales)} scales: each boundary needs one"
        )
    return rest | {"boundaries_and_scales": {int(b): float(s) for b, s in zip(boundaries, scales, strict=True)}}
