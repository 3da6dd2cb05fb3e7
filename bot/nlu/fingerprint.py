"""Hashes of what a component rests on beside its own class.

Rasa decides from a fingerprint of the class source and the inputs whether a cached result may be used
again. It sees neither helper modules nor data files (RasaHQ/rasa#9769), so each component adds them
through `fingerprint_addon`.
"""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from types import ModuleType


def source_hash(*modules: ModuleType) -> str:
    """Hash the source of helper modules."""
    digest = hashlib.sha256()
    for module in modules:
        digest.update(inspect.getsource(module).encode())
    return digest.hexdigest()


def file_hash(*paths: str | Path) -> str:
    """Hash the content of data files; a missing file is an error, not an empty one."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()
