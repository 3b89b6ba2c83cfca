"""``python -m blogqa_cli``."""

from __future__ import annotations

from blogqa_cli.main import main

if __name__ == "__main__":
    main()
