"""Who has which conversation open at the desk, and who is writing in it.

It is known within one gateway: an agent on another one of a shared database is not seen. That a reply which crosses a
colleague's is refused holds everywhere.
"""

from dataclasses import dataclass

from aiohttp import web

from gateway.live import Hub
from helpdesk.agents.model import Agent
from helpdesk.database import Json


@dataclass
class _Viewer:
    """One open page."""

    agent: Agent
    is_typing: bool = False


class Viewers:
    """Tells the pages on a conversation of each other."""

    def __init__(self, hub: Hub) -> None:
        """Start with nobody."""
        self._hub = hub
        self._pages: dict[str, dict[object, _Viewer]] = {}

    def enter(self, conversation_id: str, page: object, agent: Agent) -> None:
        """Note that a page shows a conversation."""
        self._pages.setdefault(conversation_id, {})[page] = _Viewer(agent)
        self._tell(conversation_id)

    def leave(self, conversation_id: str, page: object) -> None:
        """Note that a page shows it no more; leaving twice is harmless."""
        pages = self._pages.get(conversation_id, {})
        if pages.pop(page, None) is None:
            return
        if not pages:
            del self._pages[conversation_id]
        self._tell(conversation_id)

    def type(self, conversation_id: str, page: object, *, is_on: bool) -> None:
        """Note that somebody writes, or has stopped."""
        viewer = self._pages.get(conversation_id, {}).get(page)
        if viewer is not None and viewer.is_typing is not is_on:
            viewer.is_typing = is_on
            self._tell(conversation_id)

    def frame(self, conversation_id: str) -> Json:
        """Return the frame that names those who look, each once however many pages they have open."""
        found: dict[str, Json] = {}
        for viewer in self._pages.get(conversation_id, {}).values():
            known = found.setdefault(
                viewer.agent.id, {"id": viewer.agent.id, "name": viewer.agent.name, "typing": False}
            )
            known["typing"] = known["typing"] or viewer.is_typing
        return {"t": "viewers", "conv": conversation_id, "viewers": list(found.values())}

    def _tell(self, conversation_id: str) -> None:
        self._hub.post(f"desk:{conversation_id}", self.frame(conversation_id))


VIEWERS: web.AppKey[Viewers] = web.AppKey("VIEWERS")
