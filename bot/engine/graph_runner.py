"""Runs a model's graph in an order worked out once, instead of handing it to dask for every message."""

from __future__ import annotations

import logging
from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner

logger = logging.getLogger(__name__)


class PlannedGraphRunner(DaskGraphRunner):
    """Rasa's runner without its scheduler: a handful of nodes in a row need none.

    The nodes are the same objects and get the same inputs, so the results are the same.
    """

    @classmethod
    def of(cls, runner: DaskGraphRunner) -> PlannedGraphRunner:
        """Take over the loaded nodes of Rasa's runner."""
        planned = cls.__new__(cls)
        planned._graph_schema = runner._graph_schema
        planned._instantiated_nodes = runner._instantiated_nodes
        planned._execution_context = runner._execution_context
        planned._plans = {}
        return planned

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Run what the targets need.

        Args:
            inputs: Values of the placeholders.
            targets: Names of nodes; all targets of the schema where none is given.

        Returns:
            The targets' outputs by name.

        Raises:
            GraphRunError: A node lacks an input.
        """
        wanted = tuple(targets or self._graph_schema.target_names)
        plan = self._plans.get(wanted)
        if plan is None:
            plan = self._plans[wanted] = _in_order(self._graph_schema.minimal_graph_schema(list(wanted)))
        results: dict[str, Any] = dict(inputs or {})
        for name, needs in plan:
            # A node names an input that is not there in its own error.
            given = [(need, results[need]) for need in needs if need in results]
            results[name] = self._instantiated_nodes[name](*given)[1]
        return {name: results[name] for name in wanted}


def _in_order(schema: GraphSchema) -> list[tuple[str, tuple[str, ...]]]:
    """Return the nodes, each after those it needs."""
    order: list[tuple[str, tuple[str, ...]]] = []
    done: set[str] = set()
    pending = {name: tuple(node.needs.values()) for name, node in schema.nodes.items()}
    while pending:
        ready = [
            name for name, needs in pending.items() if all(need in done or need not in schema.nodes for need in needs)
        ]
        if not ready:
            raise GraphRunError(f"The graph has a circle around {sorted(pending)}.")
        for name in ready:
            order.append((name, pending.pop(name)))
            done.add(name)
    return order
