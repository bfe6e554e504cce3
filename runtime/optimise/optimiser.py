"""Which optimiser, by optax's name, and for how long.

There is no list of optimisers here: a name is one if optax has a public function of that name which takes a
`learning_rate` and gives a gradient transformation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from pushforward.runtime.optimise.keywords import check_keywords, parameters, suggestion
from pushforward.runtime.optimise.schedule import schedule as make_schedule

if TYPE_CHECKING:
    import optax

    from pushforward.runtime.optimise.signatures import Signature

ScheduleSpec: TypeAlias = tuple[str, Mapping[str, Any]]

STEPS = 5_000
TAIL = 0.5  # the share of the steps that `average=True` averages over


@dataclass(frozen=True)
class OptimiserSpec:
    """An optimiser and how it is driven; made by `optimiser`, which checks it."""

    name: str
    learning_rate: float | None
    arguments: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    steps: int = STEPS
    schedule: ScheduleSpec | None = None
    clip: float | None = None  # the largest global norm of a gradient
    restarts: int = 1  # starts in all; the first is the given one
    jitter: float = 1.0  # standard deviation of what is added to the other starts
    patience: int | None = None  # steps without improvement before it stops
    samples: int = 1  # estimates averaged in a step
    average: float = 0.0  # the share of the steps whose parameters are averaged; 0 is the last ones alone


SETTINGS = tuple(f.name for f in fields(OptimiserSpec) if f.name not in ("name", "learning_rate", "arguments"))


def optimisers() -> Mapping[str, Callable[..., Any]]:
    """Optax's optimisers, by name."""
    import optax

    return {
        name: function for name in dir(optax)
        if name.islower() and not name.startswith(("_", "scale_by_"))  # classes hold states
        and callable(function := getattr(optax, name)) and "learning_rate" in parameters(function)
    }  # fmt: skip


def optimiser(
    name: str, learning_rate: float | None = None, *, steps: int = STEPS,
    schedule: str | ScheduleSpec | None = None, clip: float | None = None, restarts: int = 1,
    jitter: float = 1.0, patience: int | None = None, samples: int = 1, average: bool | float = False,
    **arguments: Any,
) -> OptimiserSpec:  # fmt: skip
    """The optimiser `optax.<name>(learning_rate, **arguments)`, driven as the other settings say.

    `steps` is the number of updates of one start. `schedule` names one of optax's schedules, with its
    keywords, whose peak is the learning rate (see `schedule`). `clip` bounds the global norm of the
    gradient. `restarts` is the number of starts: the given one, and others with N(0, 1) * `jitter` added to
    every parameter; the best at the end is kept. `patience` stops a start whose objective has not improved
    by more than its noise over so many steps. `samples` estimates are averaged in a step. `average` keeps
    a running average of the parameters over about the last share of the steps (True: the last half) in place
    of the last parameters (Polyak and Juditsky 1992; the weights are those of Shamir and Zhang 2013).

    Raises ValueError for an unknown name or keyword, with near names, and for a setting out of range.
    """
    known = {n: parameters(function) for n, function in optimisers().items()}
    spec = specified(
        known, name, learning_rate, steps=steps, schedule=schedule, clip=clip, restarts=restarts, jitter=jitter,
        patience=patience, samples=samples, average=average, **arguments,
    )  # fmt: skip
    _try(spec)
    return spec


def specified(
    known: Mapping[str, Signature], name: str, learning_rate: float | None = None, *, steps: int = STEPS,
    schedule: str | ScheduleSpec | None = None, clip: float | None = None, restarts: int = 1,
    jitter: float = 1.0, patience: int | None = None, samples: int = 1, average: bool | float = False,
    **arguments: Any,
) -> OptimiserSpec:  # fmt: skip
    """What `optimiser` gives, as far as the signatures of the optimisers tell: optax is not asked whether it takes the
    values of the arguments. Raises ValueError."""
    if name not in known:
        raise ValueError(f"there is no optimiser {name!r} in optax{suggestion(name, known)}")
    check_keywords(name, known[name], arguments, {"learning_rate"}, others=SETTINGS)
    return OptimiserSpec(
        name, _learning_rate(name, known[name], learning_rate), MappingProxyType(dict(arguments)),
        _whole("steps", steps, 1), (schedule, {}) if isinstance(schedule, str) else schedule,
        None if clip is None else _positive("clip", clip), _whole("restarts", restarts, 1),
        _number("jitter", jitter, least=0.0), None if patience is None else _whole("patience", patience, 2),
        _whole("samples", samples, 1), _share(average),
    )  # fmt: skip


def transformation(spec: OptimiserSpec) -> optax.GradientTransformationExtraArgs:
    """What optax makes of it: descent on gradients of what is to be small. Raises ValueError."""
    import optax

    rate: Any = spec.learning_rate
    if spec.schedule is not None:
        if rate is None:
            raise ValueError(f"{spec.name} needs a learning rate for its schedule to begin from")
        rate = make_schedule(*spec.schedule, peak=rate, steps=spec.steps)
    given = {} if rate is None else {"learning_rate": rate}
    made = getattr(optax, spec.name)(**given, **spec.arguments)
    if not isinstance(made, optax.GradientTransformation):
        raise ValueError(f"optax.{spec.name} makes no gradient transformation")
    if spec.clip is not None:
        made = optax.chain(optax.clip_by_global_norm(spec.clip), made)
    return optax.with_extra_args_support(made)


def _try(spec: OptimiserSpec) -> None:
    """Trace a step on two numbers, so that an argument of a wrong type is found now. Raises ValueError."""
    import jax
    import jax.numpy as jnp

    def step(x: Any) -> Any:
        def value(x: Any) -> Any:
            return jnp.sum(x * x)

        return made.update(2 * x, made.init(x), x, value=value(x), grad=2 * x, value_fn=value)

    try:
        made = transformation(spec)
        jax.eval_shape(step, jnp.zeros(2))
    except ValueError:
        raise
    except Exception as error:  # what a wrong argument provokes inside optax is not ours to know
        given = ", ".join(f"{k}={v!r}" for k, v in spec.arguments.items())
        raise ValueError(f"optax cannot make {spec.name}({given}): {error}") from error


def _learning_rate(name: str, signature: Signature, rate: float | None) -> float | None:
    if rate is not None:
        return _positive("the learning rate", rate)
    parameter = signature["learning_rate"]
    if parameter.default is parameter.empty:
        raise ValueError(f"{name} needs a learning rate: {name}(1e-2)")
    return None


def _whole(what: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not _is_number(value) or int(value) != value or value < least:
        raise ValueError(f"{what} must be a whole number, at least {least}; it is {value!r}")
    return int(value)


def _is_number(value: Any) -> bool:
    try:
        return math.isfinite(float(value)) and not isinstance(value, str)
    except (TypeError, ValueError):
        return False


def _number(what: str, value: Any, least: float) -> float:
    if isinstance(value, bool) or not _is_number(value) or value < least:
        raise ValueError(f"{what} must be a number, at least {least:g}; it is {value!r}")
    return float(value)


def _positive(what: str, value: Any) -> float:
    if isinstance(value, bool) or not _is_number(value) or value <= 0:
        raise ValueError(f"{what} must be a positive number; it is {value!r}")
    return float(value)


def _share(average: Any) -> float:
    if isinstance(average, bool):
        return TAIL if average else 0.0
    if not _is_number(average) or not 0 <= average <= 1:
        raise ValueError(f"average must be true, false or a share of the steps (0 to 1); it is {average!r}")
    return float(average)
