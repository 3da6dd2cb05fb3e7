"""Pipelines measured against each other on the same data: `python -m bot.comparison`."""
