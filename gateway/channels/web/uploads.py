"""The customer's files: sending one, and reading those of one's own conversations."""

from functools import partial

from aiohttp import web

from gateway.channels.web.identity import current_session
from gateway.channels.web.intake import CHANNEL
from gateway.files import Upload
from gateway.keys import DATABASE, FILES, UPLOAD_LIMIT
from gateway.requests import PATH_ID
from helpdesk.files import service, store
from helpdesk.files.intake import Prepared
from helpdesk.files.model import StoredFile
from helpdesk.files.scanner import Verdict


async def post_upload(request: web.Request) -> web.Response:
    """POST /uploads: a form of `client_id` and `file`."""
    customer = await current_session(request)
    request.app[UPLOAD_LIMIT].use(customer.contact_id)
    database = request.app[DATABASE]

    async def find(upload: Upload) -> StoredFile | None:
        async with database.reading() as session:
            return await service.find_repeat(
                session, contact_id=customer.contact_id, client_id=upload.client_id, sent_sha256=upload.sha256
            )

    async def keep(upload: Upload, prepared: Prepared, verdict: Verdict) -> StoredFile:
        async with database.transaction() as session:
            return await service.keep_of_customer(
                session,
                contact_id=customer.contact_id,
                channel=CHANNEL,
                client_id=upload.client_id,
                prepared=prepared,
                verdict=verdict,
            )

    return await request.app[FILES].take_in(request, sender=customer.contact_id, find=find, keep=keep)


async def get_file(request: web.Request, *, thumbnail: bool) -> web.Response:
    """GET /files/{id} and /files/{id}/thumbnail."""
    customer = await current_session(request)
    async with request.app[DATABASE].reading() as session:
        file = await store.file_of_contact(session, request.match_info["id"], customer.contact_id)
    return await request.app[FILES].give_out(file, thumbnail=thumbnail)


def routes() -> list[web.RouteDef]:
    """Return the routes on files."""
    one = f"/api/v1/files/{{id:{PATH_ID}}}"
    return [
        web.post("/api/v1/uploads", post_upload),
        web.get(one, partial(get_file, thumbnail=False), allow_head=False),
        web.get(f"{one}/thumbnail", partial(get_file, thumbnail=True), allow_head=False),
    ]
