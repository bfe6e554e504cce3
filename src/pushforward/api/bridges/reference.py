"""What a bridge is to be near to: dx = theta * (mu - x) dt + sigma dW, without the first term where theta is 0."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A linear equation, the same for every entry of the state."""

    theta: float
    mu: float
    sigma: float

    @property
    def eps(self) -> float:
        """The variance that arises between the times 0 and 1 without a drift."""
        return self.sigma**2


def brownian(eps: float) -> Reference:
    """Brownian motion of variance `eps` in a unit of time."""
    return Reference(0.0, 0.0, _positive(eps, "eps") ** 0.5)


def ou(theta: float, mu: float, sigma: float) -> Reference:
    """The process of Ornstein and Uhlenbeck."""
    return Reference(float(theta), float(mu), _positive(sigma, "sigma"))


def _positive(value: float, name: str) -> float:
    if not value > 0:
        raise ValueError(f"`{name}` must be positive, it is {value:g}")
    return float(value)


#: By the name that stands after `under`: how it is made, and the names of its arguments.
REFERENCES = {"brownian": (brownian, ("eps",)), "ou": (ou, ("theta", "mu", "sigma"))}
