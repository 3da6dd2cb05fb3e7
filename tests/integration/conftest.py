"""A clock that tests move, and the articles that turns are rendered with."""

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk import clock
from helpdesk.turns.writing import Renderer
from tests.factories import make_knowledge
from tests.scenes import make_renderer


class MovableClock:
    """Stands still until it is moved, but for a microsecond at each look: the order of things stays visible."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(microseconds=1)
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def movable_clock(monkeypatch: pytest.MonkeyPatch) -> MovableClock:
    movable = MovableClock()
    monkeypatch.setattr(clock, "now", movable)
    return movable


@pytest.fixture(scope="session")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    folder = make_knowledge(tmp_path_factory.mktemp("rendered") / "knowledge")
    return make_renderer(folder, PLATFORM_HOTLINE="400-000-0000")
