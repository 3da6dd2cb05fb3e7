"""Starts Rasa's server the way this product needs it: `python -m bot.engine.server`.

Loopback only, without Rasa's management API (whoever may load a model owns the machine), without
telemetry, with the newest model of `models/`.
"""

from __future__ import annotations

import os
import sys
import tarfile

# Before Rasa is imported: it reads the first at import, the libraries it computes with the others.
os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from rasa.model import get_latest_model

from bot.engine import lean_imports, logs
from bot.engine.settings import Settings, SettingsError


def main() -> int:
    """Run the server until it is stopped; the result is the exit status."""
    try:
        settings = Settings.from_env(os.environ)
    except SettingsError as error:
        print(f"The bot cannot start:\n{error}", file=sys.stderr)
        return 2
    model = get_latest_model(str(settings.models))
    if model is None:
        message = f"The bot cannot start: no model in {settings.models}/. Run `make train` first."
        print(message, file=sys.stderr)
        return 3
    try:
        components = lean_imports.components_of_model(model)
    except (OSError, tarfile.TarError, KeyError, ValueError, EOFError) as error:
        print(f"The bot cannot start: {model} is no whole model ({type(error).__name__}).", file=sys.stderr)
        return 3
    lean_imports.spare(lean_imports.packages_to_spare(components))
    logs.configure(settings.log_level)
    # Only now: this imports all of Rasa.
    from bot.engine.app import create_app

    app = create_app(settings, model)
    app.run(host=settings.host, port=settings.port, workers=1, access_log=False, motd=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
