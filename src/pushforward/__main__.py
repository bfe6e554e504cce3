"""`python -m pushforward` is the command `pushforward`."""

from __future__ import annotations

import sys

from pushforward.cli import main

if __name__ == "__main__":
    sys.exit(main())
