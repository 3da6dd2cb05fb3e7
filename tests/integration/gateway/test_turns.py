"""The turn worker with a bot that works: order, owners that change meanwhile, cards and queues."""

import asyncio

from sqlalchemy import select

from helpdesk.cases.model import Priority
from helpdesk.conversations.model import Message, TurnState
from helpdesk.database import Database
from tests.factories import make_nlu, make_scam
from tests.fakes import FakeBot, Handoff, Scripted, fails, says
from tests.integration.gateway.clients import Customer, eventually
from tests.integration.gateway.conftest import Gateway, Settle, StartGateway

STEPS = [{"id": "police", "title": "拨打 110", "detail": "请求紧急止付。", "call": "110"}]
STOP_LOSS = {"response": "utter_stop_loss", "text": "先停下", "custom": {"kind": "stop_loss", "steps": STEPS}}


async def test_bot_is_told_the_conversation_the_message_and_the_text(customer: Customer, bot: FakeBot) -> None:
    sent = await customer.say("你好")
    await customer.hear("答：")

    assert bot.turns == [{"conversation": customer.conversation, "message_id": sent["id"], "text": "你好"}]


async def test_what_the_bot_understood_is_kept_with_the_message(
    customer: Customer, bot: FakeBot, database: Database
) -> None:
    understood = make_nlu("negotiate", decision="flow")
    bot.on("想协商", says("好的", nlu=understood))
    sent = await customer.say("想协商")
    await customer.hear("好的")

    async with database.reading() as session:
        stored = await session.get_one(Message, sent["id"])
    assert (stored.nlu, stored.turn_state) == (understood, TurnState.DONE)


async def test_slow_turn_of_one_customer_does_not_hold_up_another(gateway: Gateway, bot: FakeBot) -> None:
    slow, quick = await gateway.customer(), await gateway.customer()
    gate = bot.gate()
    bot.on("慢", says("终于", gate=gate))
    await slow.say("慢")
    await gate.reached.wait()

    await quick.say("快")

    await quick.hear("答：快")
    assert [m["sender"] for m in await slow.transcript()] == ["customer"]
    gate.open()
    await slow.hear("终于")


async def test_many_customers_at_once_all_get_their_own_answer(gateway: Gateway) -> None:
    customers = [await gateway.customer() for _ in range(20)]

    await asyncio.gather(*(customer.say(f"我是{n}号") for n, customer in enumerate(customers)))

    for n, customer in enumerate(customers):
        await customer.hear(f"答：我是{n}号")
        assert len(await customer.transcript()) == 2


async def test_stop_loss_card_keeps_its_steps(customer: Customer, bot: FakeBot) -> None:
    scam = make_nlu("report_scam", decision="triage", scam=make_scam("P0"))
    bot.on("我刚转了账", Scripted(replies=(STOP_LOSS,), nlu=scam, handoff=Handoff(priority=Priority.URGENT)))

    await customer.say("我刚转了账")

    card = await customer.until(lambda message: message["kind"] == "stop_loss")
    assert (card["text"], card["body"]["steps"]) == ("先停下", STEPS)


async def test_scam_report_is_at_the_head_of_the_queue(customer: Customer, bot: FakeBot, gateway: Gateway) -> None:
    urgent = Handoff(reason="scam_p0", priority=Priority.URGENT)
    bot.on("我刚转了账", Scripted(replies=(STOP_LOSS,), handoff=urgent))
    other = await gateway.customer()
    await other.post("/handoff")

    await customer.say("我刚转了账")

    news = await customer.owned_by("queued")
    assert news["queue"]["position"] == 1
    assert [m["kind"] for m in news["messages"]] == ["text", "stop_loss", "event"]
    assert "紧急" in news["messages"][-1]["text"]


async def test_late_answer_is_dropped_once_an_agent_has_claimed(
    customer: Customer, bot: FakeBot, gateway: Gateway, settled: Settle, database: Database
) -> None:
    gate = bot.gate()
    understood = make_nlu("negotiate", decision="flow")
    bot.on("利息太高", says("机器人迟到的话", nlu=understood, gate=gate))
    agent = await gateway.agent()
    sent = await customer.say("利息太高")
    await gate.reached.wait()
    await customer.post("/handoff")
    await agent.claim(customer.conversation)

    gate.open()
    await settled()

    async with database.reading() as session:
        stored = await session.get_one(Message, sent["id"])
    assert [m["sender"] for m in await customer.transcript()] == ["customer", "system", "system"]
    assert stored.nlu == understood


async def test_urgent_late_answer_still_moves_the_waiting_customer_forward(
    customer: Customer, bot: FakeBot, gateway: Gateway, settled: Settle
) -> None:
    gate = bot.gate()
    bot.on("正在转账", says("机器人迟到的话", nlu=make_nlu(scam=make_scam("P0")), gate=gate))
    await customer.say("正在转账")
    await gate.reached.wait()
    await customer.post("/handoff")

    gate.open()
    await settled()

    queue = await (await gateway.agent()).get("/queue")
    assert [entry["priority"] for entry in queue["entries"]] == ["urgent"]
    # The queue's own guidance says what is due in place of the bot.
    said = await customer.transcript()
    assert "机器人迟到的话" not in str(said)
    assert [m["sender"] for m in said if m["kind"] == "stop_loss"] == ["system"]


async def test_handoff_taken_back_while_the_bot_thinks_still_gets_its_answer_once(
    customer: Customer, bot: FakeBot, settled: Settle
) -> None:
    gate = bot.gate()
    bot.on("怎么还款", says("这样还", gate=gate))
    await customer.say("怎么还款")
    await gate.reached.wait()
    await customer.post("/handoff")
    await customer.call("DELETE", "/handoff")

    gate.open()
    await customer.hear("这样还")
    await settled()

    replies = [m["text"] for m in await customer.transcript() if m["sender"] == "bot"]
    assert replies == ["这样还"]


async def test_message_waiting_behind_a_handoff_is_left_to_people(
    customer: Customer, bot: FakeBot, settled: Settle
) -> None:
    gate = bot.gate()
    bot.on("转人工", says("这就转", handoff=Handoff(), gate=gate))
    await customer.say("转人工")
    await gate.reached.wait()
    await customer.say("快点")

    gate.open()
    await settled()

    assert [m["text"] for m in await customer.transcript() if m["sender"] == "bot"] == ["这就转"]
    assert bot.asked == ["转人工"]


async def test_bot_that_is_not_ready_yet_is_asked_again(customer: Customer, bot: FakeBot) -> None:
    bot.on("你好", fails(503, "model_not_ready"), says("我来了"))

    await customer.say("你好")

    await customer.hear("我来了")
    assert len(bot.turns) == 2


async def test_busy_conversation_is_asked_again(customer: Customer, bot: FakeBot) -> None:
    bot.on("你好", fails(409, "busy"), fails(409, "busy"), says("我来了"))

    await customer.say("你好")

    await customer.hear("我来了")
    assert [m["sender"] for m in await customer.transcript()] == ["customer", "bot"]


async def test_slow_bot_is_asked_again_and_answers_once(
    start_gateway: StartGateway, bot: FakeBot, settled: Settle
) -> None:
    gateway = await start_gateway(BOT_ATTEMPT_SECONDS="0.2", BOT_BUDGET_SECONDS="8")
    customer = await gateway.customer()
    gate = bot.gate()
    bot.on("慢", says("终于", gate=gate))
    await customer.say("慢")

    async def attempts() -> int:
        return len(bot.turns)

    await eventually(attempts, lambda count: count >= 2)
    gate.open()
    await customer.hear("终于")
    await settled()

    assert len({turn["message_id"] for turn in bot.turns}) == 1
    assert [m["text"] for m in await customer.transcript()] == ["慢", "终于"]


async def test_answer_is_credited_to_its_question(customer: Customer, database: Database) -> None:
    sent = await customer.say("你好")
    reply = await customer.hear("答：你好")

    async with database.reading() as session:
        stored = (await session.scalars(select(Message).where(Message.id == reply["id"]))).one()
    assert (stored.in_reply_to, stored.reply_index) == (sent["id"], 0)
