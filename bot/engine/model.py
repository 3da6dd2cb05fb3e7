"""The newest trained model, for use without a server."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.engine import loader
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.model import get_latest_model
from rasa.shared.core.trackers import DialogueStateTracker


class NoModelError(Exception):
    """There is no trained model where one was looked for."""


class NluModel:
    """Parses texts with the NLU half of a model; no conversation is involved."""

    def __init__(self, path: str) -> None:
        """Load a model file."""
        with tempfile.TemporaryDirectory() as folder:
            self._metadata, self._runner = loader.load_predict_graph_runner(
                Path(folder), Path(path), LocalModelStorage, DaskGraphRunner
            )
        self._empty = DialogueStateTracker.from_events("nobody", [])

    @classmethod
    def newest(cls, models: str | Path = "models") -> NluModel:
        """Load the newest model of a folder.

        Raises:
            NoModelError: The folder holds none.
        """
        path = get_latest_model(str(models))
        if path is None:
            raise NoModelError(f"no model in {models}/; run `make train` first")
        return cls(path)

    def parse(self, text: str) -> dict[str, Any]:
        """Run a text through the pipeline."""
        target = self._metadata.nlu_target
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(text)], PLACEHOLDER_TRACKER: self._empty}
        message = self._runner.run(inputs=inputs, targets=[target])[target][0]
        parsed: dict[str, Any] = message.as_dict(only_output_properties=True)
        return parsed
