"""The desk's calls on files: those of a conversation that the agent may see, and sending one."""

from functools import partial

from aiohttp import web

from gateway.desk.access import visible_conversation
from gateway.desk.auth import CURRENT
from gateway.files import Upload
from gateway.keys import DATABASE, FILES, UPLOAD_LIMIT
from gateway.requests import PATH_ID
from helpdesk import audit
from helpdesk.agents.rights import Right, demand
from helpdesk.conversations.store import get_conversation
from helpdesk.errors import ConversationNotFoundError
from helpdesk.files import service, store
from helpdesk.files.errors import UnknownFileError
from helpdesk.files.intake import Prepared
from helpdesk.files.model import StoredFile
from helpdesk.files.scanner import Verdict


async def post_upload(request: web.Request) -> web.Response:
    """POST /conversations/{id}/uploads: a form of `client_id` and `file`."""
    agent = request[CURRENT].agent
    demand(agent, Right.SERVE)
    request.app[UPLOAD_LIMIT].use(agent.id)
    database, conversation_id = request.app[DATABASE], request.match_info["id"]

    async def find(upload: Upload) -> StoredFile | None:
        async with database.reading() as session:
            conversation = await get_conversation(session, conversation_id)
            return await service.find_repeat(
                session,
                contact_id=conversation.contact_id,
                client_id=upload.client_id,
                sent_sha256=upload.sha256,
                agent=agent,
            )

    async def keep(upload: Upload, prepared: Prepared, verdict: Verdict) -> StoredFile:
        async with database.transaction() as session:
            return await service.keep_of_agent(
                session, conversation_id, agent, client_id=upload.client_id, prepared=prepared, verdict=verdict
            )

    async with database.reading() as session:
        await visible_conversation(session, conversation_id, agent)
    return await request.app[FILES].take_in(request, sender=agent.id, find=find, keep=keep)


async def get_file(request: web.Request, *, thumbnail: bool) -> web.Response:
    """GET /files/{id} and /files/{id}/thumbnail: what is read of a customer is noted in the audit trail.

    A refusal looks like a file that does not exist, so that ids cannot be tried out.
    """
    agent = request[CURRENT].agent
    async with request.app[DATABASE].transaction() as session:
        file = await store.get_file(session, request.match_info["id"])
        try:
            conversation = await visible_conversation(session, file.conversation_id, agent)
        except ConversationNotFoundError as error:
            raise UnknownFileError from error
        audit.record(
            session,
            actor=f"agent:{agent.id}",
            action="read_file",
            subject=f"file:{file.id}",
            details={"conversation": conversation.id, "thumbnail": thumbnail},
        )
    return await request.app[FILES].give_out(file, thumbnail=thumbnail)


def routes() -> list[web.RouteDef]:
    """Return the routes on files."""
    one = f"/desk/api/files/{{id:{PATH_ID}}}"
    return [
        web.post(f"/desk/api/conversations/{{id:{PATH_ID}}}/uploads", post_upload),
        web.get(one, partial(get_file, thumbnail=False), allow_head=False),
        web.get(f"{one}/thumbnail", partial(get_file, thumbnail=True), allow_head=False),
    ]
