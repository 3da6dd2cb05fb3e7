"""The desk's calls on merging two cases: a review first, then the merge, and taking it back."""

from aiohttp import web

from gateway.desk.auth import CURRENT
from gateway.desk.case_views import case_rows, field_texts
from gateway.desk.cases import answer, note_of, other_key, table, workable
from gateway.errors import RequestError
from gateway.keys import DATABASE
from gateway.requests import PATH_ID, integer, read_object, string
from helpdesk.agents.rights import Right, may
from helpdesk.cases import merging, store
from helpdesk.cases.combining import SIDES, differing
from helpdesk.cases.errors import MergeNotUndoableError
from helpdesk.database import Json
from helpdesk.evidence.words import label

_MOST_SEQ = 10**9


async def preview(request: web.Request) -> web.Response:
    """POST /cases/{id}/merge/preview: what would become of the other case; nothing is changed."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    async with request.app[DATABASE].reading() as session:
        winner = await workable(session, request.match_info["id"], agent)
        loser = await workable(session, other_key(fields), agent)
        merging.demand_mergeable(winner, loser, may_cross=may(agent, Right.MANAGE_CASES))
        sides = {"winner": winner.fields, "loser": merging.fields_to_combine(winner, loser)}
        known = set(await store.conversation_ids_of(session, [winner.id]))
        moved = [one for one in await store.conversation_ids_of(session, [loser.id]) if one not in known]
        rows = await case_rows(session, [winner, loser])
        shown: Json = {
            "winner": rows[0],
            "loser": rows[1],
            "differing": [
                {"name": name, "label": label(name)} | {side: field_texts(sides[side], name) for side in SIDES}
                for name in differing(sides["winner"], sides["loser"])
            ],
            "moved_conversations": len(moved),
            "is_other_customer": winner.contact_id != loser.contact_id,
            "seen": {
                "winner": await store.last_seq(session, winner.id),
                "loser": await store.last_seq(session, loser.id),
            },
        }
    return web.json_response({"preview": shown})


async def merge(request: web.Request) -> web.Response:
    """POST /cases/{id}/merge: the other case becomes part of this one, as it was reviewed."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    seen = table(fields, "seen")
    choices = table(fields, "choices") if "choices" in fields else {}
    if not all(isinstance(side, str) for side in choices.values()):
        raise RequestError("field_invalid", status=422, field="choices")
    async with request.app[DATABASE].transaction() as session:
        winner = await workable(session, request.match_info["id"], agent)
        loser = await workable(session, other_key(fields), agent)
        await merging.merge(
            session,
            winner_id=winner.id,
            loser_id=loser.id,
            choices=choices,
            seen=merging.Seen(**{side: integer(seen, side, low=0, high=_MOST_SEQ) for side in SIDES}),
            agent_id=agent.id,
            reason=note_of(fields, "reason"),
            may_cross=may(agent, Right.MANAGE_CASES),
        )
    return await answer(request, winner.id)


async def undo(request: web.Request) -> web.Response:
    """POST /cases/{id}/undo-merge."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        case = await workable(session, request.match_info["id"], agent)
        done = await merging.find_undoable(session, case.id)
        # The one that was looked at, and no other case's.
        if done is None or done.id != string(fields, "merge", most=64):
            raise MergeNotUndoableError
        await merging.undo(session, done.id, agent_id=agent.id, reason=note_of(fields, "reason"))
    return await answer(request, case.id)


def routes() -> list[web.RouteDef]:
    """Return the routes on merging."""
    one = f"/desk/api/cases/{{id:{PATH_ID}}}"
    return [
        web.post(f"{one}/merge/preview", preview),
        web.post(f"{one}/merge", merge),
        web.post(f"{one}/undo-merge", undo),
    ]
