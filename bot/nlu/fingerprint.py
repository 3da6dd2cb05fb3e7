"""Hashes of what a component rests on beside its own class.

Rasa decides from a fingerprint of the class source and the inputs whether a cached result may be used
again. It sees neither helper modules nor data files (RasaHQ/rasa#9769), so each component adds them
through `fingerprint_addon`.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any


def source_hash(*modules: ModuleType) -> str:
    """Hash the source of helper modules."""
    digest = hashlib.sha256()
    for module in modules:
        digest.update(inspect.getsource(module).encode())
    return digest.hexdigest()


def file_hash(config: Mapping[str, Any], *settings: str) -> str:
    """Hash the content of the data files which a component's settings name.

    Rasa also asks for the fingerprint of a component whose result it takes from the cache, and then passes
    settings which are not the component's: there nothing is named, and nothing will be compared. A named
    file that is missing is an error.
    """
    digest = hashlib.sha256()
    for setting in settings:
        if setting in config:
            digest.update(Path(config[setting]).read_bytes())
    return digest.hexdigest()


def folder_hash(config: Mapping[str, Any], setting: str) -> str:
    """Hash the YAML files of the folder which a component's setting names, like `file_hash`."""
    digest = hashlib.sha256()
    if setting in config:
        for path in sorted(Path(config[setting]).glob("*.yml")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
