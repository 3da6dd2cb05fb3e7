"""The customer's HTTP API (docs/protocol.md, section 1)."""

import asyncio

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.addresses import client_address
from gateway.channels.web import banks, callbacks, cases, checklist
from gateway.channels.web.delivery import note_delivery
from gateway.channels.web.identity import current_session, verify_host_token
from gateway.channels.web.intake import CHANNEL, take_in
from gateway.channels.web.rating import give_rating
from gateway.channels.web.reading import Cursor, News, read_news
from gateway.keys import DATABASE, HUB, KNOWLEDGE, MESSAGE_LIMIT, SESSION_LIMIT, SETTINGS
from gateway.live import QUEUE
from gateway.requests import query_id, query_integer, query_string, read_object, string
from gateway.views import own_view, state_view, when
from helpdesk.cases.model import Priority
from helpdesk.conversations.model import Owner
from helpdesk.conversations.service import current_conversation, lock_current_conversation
from helpdesk.conversations.sessions import OpenedSession, open_session
from helpdesk.handoff import service as handoff
from helpdesk.texts import text

_LONGEST_WAIT_SECONDS = 25
_MOST_SEQ = 10**9
_TOKEN_MOST = 8192
_QUERY_MOST = 100
_POPULAR = 8


async def open_customer_session(request: web.Request) -> web.Response:
    """POST /sessions."""
    request.app[SESSION_LIMIT].use(client_address(request))
    fields = await read_object(request) if request.can_read_body else {}
    token = fields.get("token")
    settings = request.app[SETTINGS]
    identity = None
    if token is not None:
        identity = verify_host_token(string(fields, "token", most=_TOKEN_MOST), settings)

    async def open_it(session: AsyncSession) -> OpenedSession:
        return await open_session(session, identity=identity, channel=CHANNEL, days=settings.session_days)

    # Several devices of a new customer may come at the same moment.
    opened = await request.app[DATABASE].retrying(open_it)
    request.app[HUB].hint(opened.contact.id)
    return web.json_response(
        {
            "session": opened.token,
            "customer": own_view(opened.contact),
            "conversation": opened.conversation.id,
            "expires_at": when(opened.session.expires_at),
        },
        status=201,
    )


async def post_message(request: web.Request) -> web.Response:
    """POST /messages."""
    customer = await current_session(request)
    message = await take_in(request.app, customer, await read_object(request), id_field="client_id")
    return web.json_response(
        {"id": message.id, "seq": message.seq, "conversation": message.conversation_id}, status=202
    )


async def get_messages(request: web.Request) -> web.Response:
    """GET /messages, waiting for news where the client asks for it."""
    customer = await current_session(request)
    after = query_integer(request, "after", default=0, low=0, high=_MOST_SEQ)
    wait = query_integer(request, "wait", default=0, low=0, high=_LONGEST_WAIT_SECONDS)
    conversation_id = query_id(request, "conversation")

    async def look() -> News:
        async with request.app[DATABASE].reading() as session:
            return await read_news(session, customer.contact_id, Cursor(conversation_id, after))

    hub = request.app[HUB]
    news = await look()
    if wait and not news.messages:
        with hub.subscribed(news.conversation.id) as subscription:
            hub.join(customer.contact_id, subscription)
            if news.state["queue"] is not None:
                # Who waits hears of every move of the queue.
                hub.join(QUEUE, subscription)
            try:
                async with asyncio.timeout(wait):
                    # Once more after subscribing: something may have come in between.
                    while not (latest := await look()).messages and latest.state == news.state:
                        await subscription.wait()
                    news = latest
            except TimeoutError:
                pass
            finally:
                hub.leave(QUEUE, subscription)
                hub.leave(customer.contact_id, subscription)
    await note_delivery(request.app, news.conversation, news.messages)
    return web.json_response({"conversation": news.conversation.id, "messages": news.messages, **news.state})


async def request_person(request: web.Request) -> web.Response:
    """POST /handoff: a person, whatever the bot thinks."""
    customer = await current_session(request)
    # Asking and cancelling write to the transcript and the timeline each time.
    request.app[MESSAGE_LIMIT].use(customer.contact_id)
    async with request.app[DATABASE].transaction() as session:
        conversation = await lock_current_conversation(session, customer.contact_id, channel=CHANNEL)
        if conversation.owner is Owner.BOT:
            await handoff.hand_over(
                session, conversation, reason="request_human", priority=Priority.NORMAL, decided_by="customer"
            )
        state = await state_view(session, conversation)
    _changed(request, customer.contact_id, conversation.id)
    return web.json_response({"owner": state["owner"], "queue": state["queue"]}, status=202)


async def cancel_person(request: web.Request) -> web.Response:
    """DELETE /handoff: back to the bot while still waiting."""
    customer = await current_session(request)
    request.app[MESSAGE_LIMIT].use(customer.contact_id)
    async with request.app[DATABASE].transaction() as session:
        current = await current_conversation(session, customer.contact_id, channel=CHANNEL)
        conversation = await handoff.cancel(session, current.id)
    _changed(request, customer.contact_id, conversation.id)
    return web.json_response({"owner": conversation.owner.value})


def _changed(request: web.Request, contact_id: str, conversation_id: str) -> None:
    request.app[HUB].hint(conversation_id)
    # A conversation that was only now opened has no readers under its own id yet.
    request.app[HUB].hint(contact_id)
    request.app[HUB].hint(QUEUE)


async def post_rating(request: web.Request) -> web.Response:
    """POST /ratings."""
    customer = await current_session(request)
    # Each one is written, and a change is written again.
    request.app[MESSAGE_LIMIT].use(customer.contact_id)
    return await give_rating(request, customer.contact_id, await read_object(request))


async def get_zone(request: web.Request) -> web.Response:
    """GET /zone: what the page shows before anybody asks."""
    knowledge = request.app[KNOWLEDGE]
    articles = knowledge.library.articles
    entries = [
        {"id": entry, "title": text("zone", entry), "message": text("zone", entry)}
        for entry in ("scam", "complaint", "negotiation", "progress")
    ]
    popular = [articles[article] for article in text("zone", "popular").split() if article in articles][:_POPULAR]
    groups = [
        {
            "id": group,
            "title": title,
            "articles": [
                {"id": article.id, "title": article.title}
                # What a conversation flow rests on is the group's first matter.
                for article in sorted(articles.values(), key=lambda article: article.flow is None)
                if article.group == group
            ],
        }
        for group, title in knowledge.library.groups.items()
    ]
    return web.json_response(
        {
            "platform": knowledge.placeholder("PLATFORM_NAME"),
            "hotline": knowledge.placeholder("PLATFORM_HOTLINE"),
            "upload_most_mb": request.app[SETTINGS].upload_most_mb,
            "entries": entries,
            "popular": [{"id": article.id, "title": article.title} for article in popular],
            "groups": [group for group in groups if group["articles"]],
        }
    )


async def get_article(request: web.Request) -> web.Response:
    """GET /articles/{id}."""
    return web.json_response({"article": request.app[KNOWLEDGE].rendered(request.match_info["id"])})


async def search_articles(request: web.Request) -> web.Response:
    """GET /articles?q=…."""
    query = query_string(request, "q", most=_QUERY_MOST)
    async with request.app[DATABASE].reading() as session:
        found = await request.app[KNOWLEDGE].search(session, query)
    return web.json_response({"articles": found})


def routes() -> list[web.RouteDef]:
    """Return the routes below /api/v1."""
    return [
        web.post("/api/v1/sessions", open_customer_session),
        web.post("/api/v1/messages", post_message),
        web.get("/api/v1/messages", get_messages, allow_head=False),
        web.post("/api/v1/handoff", request_person),
        web.delete("/api/v1/handoff", cancel_person),
        web.post("/api/v1/ratings", post_rating),
        *cases.routes(),
        *checklist.routes(),
        *banks.routes(),
        *callbacks.routes(),
        web.get("/api/v1/zone", get_zone, allow_head=False),
        web.get("/api/v1/articles", search_articles, allow_head=False),
        web.get("/api/v1/articles/{id:[a-z0-9_]{1,64}}", get_article, allow_head=False),
    ]
