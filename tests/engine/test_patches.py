"""Each patch does what Rasa's own code does, only sooner."""

from __future__ import annotations

import asyncio

import pytest
import rasa
from aiohttp import web
from aiohttp.test_utils import TestServer
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event
from rasa.shared.utils.common import all_subclasses
from rasa.utils.endpoints import EndpointConfig

from bot.engine import patches


@pytest.fixture(autouse=True)
def patched() -> None:
    patches.apply()


def test_an_unknown_rasa_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa, "__version__", "3.6.22")

    with pytest.raises(patches.UnknownRasaError):
        patches.apply()


def test_every_kind_of_event_is_found_as_rasa_finds_it() -> None:
    original = Event.resolve_by_type._wrapped
    names = {kind.type_name for kind in all_subclasses(Event)}

    assert len(names) > 20
    assert {name: Event.resolve_by_type(name) for name in names} == {name: original(name) for name in names}
    assert Event.resolve_by_type("topic") is None
    with pytest.raises(ValueError, match="Unknown event"):
        Event.resolve_by_type("no such event")


@pytest.mark.parametrize(
    "answer",
    [
        {"events": [], "responses": []},
        {"events": [{"event": "slot", "name": "a", "value": 1, "timestamp": None}], "responses": [{"text": "a"}]},
        {"responses": [{"text": None, "custom": {}, "buttons": []}]},
        {},
    ],
)
def test_whole_answers_of_the_action_server_pass(answer: dict) -> None:
    action = RemoteAction("action_x", None)

    assert action._validate_action_result(answer) is True
    assert RemoteAction._validate_action_result._wrapped(action, answer) is True


@pytest.mark.parametrize("answer", [[], "a", {"events": 1}, {"events": [{"event": "slot"}]}, {"responses": [1]}])
def test_broken_answers_are_refused_in_rasas_words(answer: object) -> None:
    action = RemoteAction("action_x", None)

    with pytest.raises(ValidationError) as original:
        RemoteAction._validate_action_result._wrapped(action, answer)
    with pytest.raises(ValidationError) as ours:
        action._validate_action_result(answer)

    assert ours.value.message == original.value.message


class Counting:
    """An action server that counts connections."""

    def __init__(self) -> None:
        self.peers: list[object] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.peers.append(request.transport.get_extra_info("peername"))
        return web.json_response({"call": len(self.peers)})

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/webhook", self.handle)
        return app


def test_calls_share_a_connection_and_survive_a_restart_of_the_server() -> None:
    async def call() -> None:
        first = Counting()
        async with TestServer(first.app()) as server:
            port = server.port
            endpoint = EndpointConfig(str(server.make_url("/webhook")))
            for _ in range(3):
                await endpoint.request(json={})
            assert len(first.peers) == 3
            assert len(set(first.peers)) == 1
        second = Counting()
        async with TestServer(second.app(), port=port):
            assert await endpoint.request(json={}) == {"call": 1}
        await patches.close_session(endpoint)
        assert endpoint._kept_session.closed

    asyncio.run(call())
