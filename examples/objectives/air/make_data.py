"""Make `scenes.npz`: none, one or two digits that do not overlap, on 20 x 20 pixels.

    python examples/objectives/air/make_data.py

The glyphs are those of `examples/objectives/vae/digits.npz`, scikit-learn's digits (Alpaydin and Kaynak 1998); those
of the held-out scenes are in no other scene.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SIDE, GLYPH = 20, 8
TRAINING_GLYPHS = 1500


def scenes(many: int, glyphs: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures, u1[many, 20, 20], and how many glyphs each has, i8[many]."""
    random = np.random.default_rng(seed)
    images = np.zeros((many, SIDE, SIDE), np.uint8)
    counts = random.integers(0, 3, many)
    for image, count in zip(images, counts, strict=True):
        places = random.integers(0, SIDE - GLYPH + 1, (count, 2))
        while count == 2 and np.abs(places[0] - places[1]).max() < GLYPH:
            places = random.integers(0, SIDE - GLYPH + 1, (2, 2))
        for i, j in places:
            image[i : i + GLYPH, j : j + GLYPH] = random.choice(glyphs)
    return images, counts


def main() -> None:
    """Write 4000 scenes to learn from and 500 to be tested on."""
    glyphs = np.load(HERE.parent / "vae" / "digits.npz")["x"].reshape(-1, GLYPH, GLYPH)
    images, counts = scenes(4000, glyphs[:TRAINING_GLYPHS], 0)
    held_out, held_out_counts = scenes(500, glyphs[TRAINING_GLYPHS:], 1)
    np.savez_compressed(
        HERE / "scenes.npz", images=images, counts=counts, held_out=held_out, held_out_counts=held_out_counts
    )


if __name__ == "__main__":
    main()
