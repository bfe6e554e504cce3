"""Learn to count, place and draw glyphs without being told how, with one word of `air.pf` changed at a time.

    python examples/objectives/air/run.py [STEPS [STRATEGY ...]]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

import pushforward as pf
from pushforward.api.fitting import Fit
from pushforward.api.objective import BoundObjective
from pushforward.runtime.optimise.result import Event

HERE = Path(__file__).parent
STRATEGIES = ("enum", "mvd", "score", "score(baseline=ema)", "loo(2)", "weighted")
WHAT, BATCH, RATE, DRAWS = 8, 32, 1e-3, 5


def programs(strategy: str) -> Any:
    """The programs of `air.pf`, presence taken by this strategy, or by score under the weighted bound."""
    text = (HERE / "air.pf").read_text(encoding="utf-8")
    return pf.loads(text.replace("@ enum", "@ score" if strategy == "weighted" else f"@ {strategy}"))


def objective(strategy: str, module: Any, images: np.ndarray[Any, Any]) -> BoundObjective:
    """What is made large: the bound of these scenes."""
    sizes: dict[str, Any] = {"images": images, "B": BATCH, "K": WHAT}
    found = module.weighted(**sizes, D=DRAWS) if strategy == "weighted" else module.bound(**sizes)
    assert isinstance(found, BoundObjective)
    return found


def train(bound: BoundObjective, steps: int) -> tuple[Fit, float]:
    """The fit, and its steps a second after the first ones, with which it is compiled."""
    events = list[Event]()

    def progress(event: Event) -> None:
        events.append(event)
        print(f"    step {event.step}: {event.value:.0f}", file=sys.stderr, flush=True)

    fit = bound.maximize("adam", RATE, steps=steps, estimates=500, progress=progress)
    first, last = events[0], events[-1]
    return fit, (last.step - first.step) / max(last.elapsed_s - first.elapsed_s, 1e-9)


def seen(fit: Fit, module: Any, images: np.ndarray[Any, Any]) -> dict[str, Any]:
    """One draw of the guide for each scene."""
    draws = fit.trained(module.seen(images=images, K=WHAT)).sample(1).posterior
    return {name.removeprefix("z_"): np.asarray(value)[0, 0] for name, value in draws.items()}


def draw(found: dict[str, Any], images: np.ndarray[Any, Any], path: Path) -> None:
    """Scenes with frames about what was found in them."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    figure, axes = plt.subplots(2, 8, figsize=(12, 3.2))
    for n, ax in enumerate(axes.flat):
        ax.imshow(images[n], cmap="gray_r", vmin=0, vmax=1)
        for at, there, colour in (("at1", "first", "tab:red"), ("at2", "second", "tab:blue")):
            if found["first"][n] * found[there][n]:
                y, x = found[at][n]
                ax.add_patch(Rectangle((x - 0.5, y - 0.5), 8, 8, fill=False, color=colour, linewidth=1.5))
        ax.set(xticks=[], yticks=[])
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    """A line for each strategy; a picture of what the first one sees."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    data = np.load(HERE / "scenes.npz")
    images, held_out, truth = data["images"].astype(float), data["held_out"].astype(float), data["held_out_counts"]
    strategies = sys.argv[2:] or STRATEGIES
    print(f"{steps} steps of {BATCH} scenes; counting held-out scenes right by chance: {np.mean(truth == 1):.0%}")
    print("strategy              steps/s   nats a scene   counted right")
    for strategy in strategies:
        module = programs(strategy)
        bound = objective(strategy, module, images)
        fit, speed = train(bound, steps)
        found = seen(fit, module, held_out)
        right = found["first"] * (1 + found["second"]) == truth
        print(f"{strategy:<20} {speed:8.1f} {fit.value / len(images):14.1f} {right.mean():15.1%}", flush=True)
        if strategy == strategies[0]:
            draw(found, held_out, HERE / "seen.png")


if __name__ == "__main__":
    main()
