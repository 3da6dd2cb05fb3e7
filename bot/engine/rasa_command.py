"""Runs a command of Rasa without the libraries that config.yml does not need.

`python -m bot.engine.rasa_command train`, for one.
The commands are Rasa's own, so `rasa train` does the same, later and in more memory.
"""

from __future__ import annotations

import os
import sys

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from bot.engine import lean_imports

CONFIG = "config.yml"


def main() -> None:
    """Pass the command line on to Rasa."""
    lean_imports.spare(lean_imports.packages_to_spare(lean_imports.components_of_config(CONFIG)))
    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    sys.argv[0] = "rasa"
    main()
