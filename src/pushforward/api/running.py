"""A sampler that was asked for, with its settings, ready to run on a density."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pushforward.api import asking
from pushforward.api.sampler import ADAPTED, AIM, Step, samplers
from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.samplers import SettingNeeded
from pushforward.dsl.errors.scripts import WrongSetting
from pushforward.dsl.parse import parse
from pushforward.dsl.source import NOWHERE, Source, Span

if TYPE_CHECKING:
    from pushforward.api.model import Bound
    from pushforward.runtime.samplers.result import ChainsResult
    from pushforward.runtime.samplers.runs import Watched

#: The settings of NUTS, with what they are.
NUTS: Mapping[str, tuple[asking.Reader, object]] = {
    "target_accept": (asking.fraction, 0.8),
    "max_treedepth": (asking.whole(1, 20), 10),
    "metric": (asking.one_of("diag", "dense"), "diag"),
}

#: How many steps are made to a draw, by a sampler of one step.
THIN = 10

#: What is found in warmup.
AUTO = "auto"


@dataclass(frozen=True)
class Runner:
    """A sampler (None: NUTS) with its settings, for a model."""

    bound: Bound
    step: Step | None
    settings: Mapping[str, Any]
    span: Span = NOWHERE  # where the sampler is named

    @staticmethod
    def asked(bound: Bound, by: str, settings: Mapping[str, Any]) -> Runner:
        """What a text and more settings ask for; those that are None are not set. Raises `ProgramError` (PF723 to
        PF725, PF640), `ValueError`, `TypeError`."""
        file = bound.model.file
        at, name, written = asking.asked(by, ("nuts", *samplers(file)))
        step = None if name == "nuts" else Step.named(name, file)
        readers = readers_of(step)
        found = asking.read_settings(name, written, readers)
        for text, value in settings.items():
            if text not in readers:
                raise TypeError(f"{name} has no setting {text!r}; its settings are {', '.join(readers)}")
            if value is not None:
                found[text] = _read(name, text, readers[text], value)
        if (lacking := missing(step, found)) is not None:
            raise needed(name, lacking, at.span)
        return Runner(bound, step, found, at.span)

    @property
    def name(self) -> str:
        return "nuts" if self.step is None else self.step.name

    @property
    def resolved(self) -> dict[str, Any]:
        """All settings, with their defaults; those that warmup finds are `auto`."""
        return {n: self.settings.get(n, default) for n, default in defaults_of(self.step).items()}

    def run(self, prepared: Any, dim: int, key: str, length: Mapping[str, Any], watched: Watched) -> ChainsResult:
        """Draw, on the prepared data of the model; `key` identifies its compiled density."""
        module, sizes = self.bound.compiled.unit(_SAMPLING).module, self.bound.sizes

        def density(q: Any, data: Any) -> Any:
            return module.log_density_unconstrained(sizes, data, q)

        if self.step is None:
            from pushforward.runtime.samplers import nuts

            return nuts.run(
                density, prepared, dim, **length, **self.settings, progress=watched.progress,
                checkpoint=watched.checkpoint, resume=watched.resume, stop=watched.stop, keep=watched.keep,
                fingerprint=key, program_key=key,
            )  # fmt: skip
        from pushforward.runtime.samplers import markov

        if (name := misfit(self.settings, dim)) is not None:
            raise does_not_fit(self.name, name, dim, self.span)
        found = {n: v for n, v in self.resolved.items() if v != AUTO}
        mine = {n: found.pop(n) for n in ("step", "scale", "thin", AIM) if n in found}
        statics = {n: int(found.pop(n)) for n in self.step.statics}
        whole = f"{key} {self.step.digest} {sorted(statics.items())}"
        kernel = self.step.kernel(dim, statics)
        if kernel.batched:
            density, prepared, whole = self._batches(whole)
        return markov.run(
            kernel, density, prepared, dim, name=self.step.name, **length, **mine,
            settings=found, program_key=whole, watched=replace(watched, fingerprint=whole),
        )  # fmt: skip

    def _batches(self, whole: str) -> tuple[Any, Any, str]:
        """The density of a batch: a function of position, data and key; its data; what identifies it."""
        from pushforward.api.objective import Objective

        source = parse(Source("<the density of a batch>", _BATCH))
        (node,) = (i for i in source.items if isinstance(i, tree.Program))
        expanded = Objective(node, source)(self.bound).expanded
        module, sizes = expanded.module, expanded.sizes

        def density(q: Any, data: Any, key: Any) -> Any:
            return module.estimate(sizes, data, {"u": q}, key)

        digest = hashlib.sha256(expanded.emitted.text.encode()).hexdigest()
        return density, expanded.prepared, f"{whole} {digest} {sorted(sizes.items())}"


#: The density of a model whose loops over batches go over the indices of one batch.
_BATCH = """objective batch(p: model) {
  param u: vector[dim(p)] = 0
  return logp(p)(u)
}
"""

_SAMPLING = ("log_density_unconstrained", "constrain", "generated")


def found_in_warmup(step: Step) -> frozenset[str]:
    """The settings that warmup finds if they are not given: a step size only where a correction could judge it."""
    judged = step.sampler.reversible and not step.sampler.batched
    return frozenset(n for n in ADAPTED if n in step.settings and (n != "step" or judged))


def missing(step: Step | None, settings: Mapping[str, Any]) -> str | None:
    """A setting that a sampler needs and is not given, if there is one."""
    needs = (n for n, default in defaults_of(step).items() if default is None)
    return next((n for n in needs if settings.get(n) in (None, AUTO)), None)


def needed(name: str, setting: str, span: Span) -> ProgramError:
    """That a sampler needs a setting, with where it is asked for."""
    helps = (f"give it: `by {name}({setting}=0.01)`",)
    label = f"without `{setting}`"
    return ProgramError(SettingNeeded.diagnostic(span, label, helps=helps, name=name, setting=setting))


def misfit(settings: Mapping[str, Any], dim: int) -> str | None:
    """A setting that has not one number for each coordinate, if there is one."""
    lists = ((n, len(v)) for n, v in settings.items() if isinstance(v, list | tuple))
    return next((n for n, length in lists if length != dim), None)


def does_not_fit(algorithm: str, name: str, dim: int, span: Span) -> ProgramError:
    """That a setting has not one number for each coordinate."""
    wanted = f"one number, or {dim}, which is the number of free coordinates"
    return ProgramError(
        WrongSetting.diagnostic(span, "asked for here", name=name, algorithm=algorithm, wanted=wanted)
    )


def particles(step: Step | None, settings: Mapping[str, Any]) -> int:
    """How many chains one run of a sampler gives: an ensemble has several."""
    rows = None if step is None else step.sampler.rows
    return int(settings[rows.id]) if isinstance(rows, tree.Name) else 1


def readers_of(step: Step | None) -> dict[str, asking.Reader]:
    """How the settings of a sampler are read."""
    if step is None:
        return {n: reader for n, (reader, _) in NUTS.items()}
    own = {p.name: _reader(p.type) for p in step.sampler.settings}
    return {**own, "thin": asking.whole(1)}


def defaults_of(step: Step | None) -> dict[str, object]:
    """The settings of a sampler with what they are if nothing is said; None must be given."""
    if step is None:
        return {n: default for n, (_, default) in NUTS.items()}
    found = found_in_warmup(step)
    own = {n: asking.literal(e) if e is not None else AUTO if n in found else None for n, e in step.settings.items()}
    return {**own, "thin": THIN}


def _reader(type_: tree.TypeExpr | None) -> asking.Reader:
    """How a setting of a type is read."""
    element = "real" if type_ is None else type_.name
    read: asking.Reader = {
        "positive": asking.positive, "nonneg": asking.nonneg, "unit": asking.fraction, "int": asking.whole(1),
    }.get(element, asking.number)  # fmt: skip
    if type_ is None or not type_.dims:
        return read
    what = "numbers above 0" if element == "positive" else "numbers"
    return asking.each(read, f"{what}, one for each coordinate, or one for all")


def _read(algorithm: str, name: str, reader: asking.Reader, value: object) -> Any:
    try:
        return reader(value)
    except ValueError as wanted:
        raise ValueError(f"{name} of {algorithm} must be {wanted}, not {value!r}") from None
