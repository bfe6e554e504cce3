"""`docs/samplers.md` names what the library has: every sampler, whether it is corrected, and its settings."""

from __future__ import annotations

import re
from pathlib import Path

from pushforward.api.sampler import Step, samplers

TEXT = (Path(__file__).parents[2] / "docs" / "samplers.md").read_text(encoding="utf-8")


def test_the_table_has_every_sampler_and_whether_it_is_corrected() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (yes|no) \|", TEXT, re.M))
    assert rows == {n: "yes" if Step.named(n).sampler.corrected else "no" for n in samplers()}


def test_every_setting_is_named() -> None:
    settings = {s for n in samplers() for s in Step.named(n).settings}
    assert {s for s in settings if f"`{s}`" not in TEXT and f"`{s}=" not in TEXT} == set()
