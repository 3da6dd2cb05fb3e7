"""Keeps libraries out of a process that does not use them: TensorFlow first.

Rasa imports every component, channel and store it ships, and with them TensorFlow, the kits of four chat platforms,
AWS, MongoDB and a plotting library: two thirds of the memory and half of the start. Stand-ins for those packages let
the imports through; whoever then uses one gets an error that says why. What a model needs is never replaced.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import sys
import tarfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any

import yaml

TENSORFLOW = frozenset({"tensorflow", "keras", "tensorflow_addons", "tensorflow_text", "tensorflow_hub"})
# What a bot with one private channel and an SQL store never calls.
NEVER_USED = frozenset(
    {
        "boto3", "botocore", "pymongo", "bson", "matplotlib",
        "slack_sdk", "twilio", "aiogram", "telebot", "webexteamssdk", "rocketchat_API", "mattermostwrapper",
        "fbmessenger", "socketio", "engineio", "confluent_kafka", "pika", "aio_pika",
    }
)  # fmt: skip
# Rasa's components that compute with TensorFlow, by the last part of their names.
NEED_TENSORFLOW = frozenset(
    {
        "DIETClassifier",
        "ResponseSelector",
        "TEDPolicy",
        "UnexpecTEDIntentPolicy",
        "ConveRTFeaturizer",
        "LanguageModelFeaturizer",
    }
)
_METADATA = "metadata.json"


class AbsentPackageError(RuntimeError):
    """Something was used of a package that this process does without."""


def packages_to_spare(components: Iterable[str]) -> frozenset[str]:
    """Return what a process that runs these components does without, by their names or module paths."""
    needs = any(component.rsplit(".", 1)[-1] in NEED_TENSORFLOW for component in components)
    return NEVER_USED if needs else NEVER_USED | TENSORFLOW


def components_of_config(path: str) -> list[str]:
    """Return the components which a Rasa configuration names."""
    with open(path, encoding="utf-8") as file:
        config: Mapping[str, Any] = yaml.safe_load(file)
    entries = [entry for part in ("pipeline", "policies") for entry in config.get(part) or ()]
    return [str(entry["name"] if isinstance(entry, Mapping) else entry) for entry in entries]


def components_of_model(path: str) -> list[str]:
    """Return the components which a trained model runs.

    Raises:
        OSError, tarfile.TarError, KeyError, ValueError: The file is no model, or cut short.
    """
    with tarfile.open(path) as archive:
        member = archive.extractfile(_METADATA)
        if member is None:
            raise KeyError(_METADATA)
        metadata = json.load(member)
    return [str(node["uses"]) for node in metadata["predict_schema"]["nodes"].values()]


def spare(packages: Collection[str]) -> list[str]:
    """Let imports of these packages find stand-ins from now on; return those that were loaded already and stay."""
    loaded = sorted(name for name in packages if name in sys.modules and not isinstance(sys.modules[name], _Absent))
    missing = frozenset(packages) - set(loaded)
    sys.meta_path.insert(0, _Finder(missing))
    return loaded


class _Kind(type):
    """The class of every stand-in: whatever is asked of it is another one."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _stand_in(f"{cls.__qualname__}.{name}")

    def __or__(cls, _: object) -> Any:
        return cls

    __ror__ = __or__


class _Nothing(metaclass=_Kind):
    """May be inherited from, subscripted and used as a decorator, which Rasa's modules do when they are imported."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Give back what is decorated; refuse anything else.

        Raises:
            AbsentPackageError: It was used.
        """
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]
        if cls.__qualname__.endswith(".function"):
            return lambda decorated: decorated
        raise AbsentPackageError(f"{cls.__qualname__} was used in a process that was started without it")

    def __class_getitem__(cls, _: Any) -> Any:
        return cls


def _stand_in(name: str) -> type:
    return _Kind(name.rsplit(".", 1)[-1], (_Nothing,), {"__qualname__": name, "__module__": __name__})


class _Absent(ModuleType):
    """Stands for a module; what is imported from it is a stand-in."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _stand_in(f"{self.__name__}.{name}")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds stand-ins for packages and everything in them."""

    def __init__(self, packages: frozenset[str]) -> None:
        self._packages = packages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".", 1)[0] not in self._packages:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _Absent(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is to be run."""
