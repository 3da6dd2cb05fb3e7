"""How much one customer, or one address, may send."""

import asyncio

from tests.fakes import FakeBot
from tests.integration.gateway.clients import Customer, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, StartGateway

pytestmark = SQLITE_ONLY


async def test_of_200_messages_in_a_second_twenty_are_kept_and_the_rest_told_to_wait(
    customer: Customer, bot: FakeBot
) -> None:
    sent = [{"client_id": f"c-{number}", "text": f"第{number}条"} for number in range(200)]

    responses = await asyncio.gather(*(customer.post("/messages", message) for message in sent))

    accepted = [response for response in responses if response.status == 202]
    refused = [response for response in responses if response.status == 429]
    assert (len(accepted), len(refused)) == (20, 180)
    assert all(1 <= int(response.headers["Retry-After"]) <= 10 for response in refused)
    assert await error_code(refused[0]) == "rate_limited"


async def test_accepted_messages_of_a_flood_are_stored_in_order(customer: Customer, bot: FakeBot) -> None:
    accepted = []
    for number in range(25):
        response = await customer.post("/messages", {"client_id": f"c-{number}", "text": f"第{number}条"})
        if response.status == 202:
            accepted.append((await response.json())["id"])

    await customer.hear("答：第19条")

    transcript = await customer.transcript()
    assert [m["id"] for m in transcript if m["sender"] == "customer"] == accepted
    assert [m["text"] for m in transcript if m["sender"] == "bot"] == [f"答：第{number}条" for number in range(20)]
    assert [m["seq"] for m in transcript] == list(range(1, 41))


async def test_one_customers_flood_does_not_stop_another(customer: Customer, gateway: Gateway) -> None:
    other = await gateway.customer()
    await asyncio.gather(*(customer.post("/messages", {"client_id": f"c-{n}", "text": "嗨"}) for n in range(40)))

    sent = await other.say("你好")

    assert sent["seq"] == 1


async def test_asking_for_a_person_and_cancelling_has_an_end(customer: Customer) -> None:
    statuses = []
    for _ in range(15):
        statuses.append((await customer.post("/handoff")).status)
        statuses.append((await customer.call("DELETE", "/handoff")).status)

    assert (statuses[:20].count(429), statuses[20:]) == (0, [429] * 10)


async def test_socket_and_http_share_one_allowance(customer: Customer) -> None:
    socket = await customer.connect()
    for number in range(20):
        await customer.say(f"第{number}条")

    await socket.send(t="msg", cid="late", text="再一条")

    error = await socket.next("err")
    assert (error["code"], error["cid"]) == ("rate_limited", "late")
    assert 1 <= error["retry_after"] <= 10


async def test_address_may_open_sixty_sessions_a_minute(gateway: Gateway) -> None:
    statuses = [(await gateway.client.post("/api/v1/sessions")).status for _ in range(61)]

    assert statuses == [201] * 60 + [429]


async def test_addresses_behind_a_trusted_proxy_are_counted_apart(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(TRUSTED_PROXIES="1")
    for _ in range(60):
        await gateway.client.post("/api/v1/sessions", headers={"X-Forwarded-For": "10.0.0.1"})

    same = await gateway.client.post("/api/v1/sessions", headers={"X-Forwarded-For": "8.8.8.8, 10.0.0.1"})
    other = await gateway.client.post("/api/v1/sessions", headers={"X-Forwarded-For": "10.0.0.2"})

    assert (same.status, other.status) == (429, 201)


async def test_forwarded_address_counts_for_nothing_without_a_trusted_proxy(gateway: Gateway) -> None:
    for number in range(60):
        await gateway.client.post("/api/v1/sessions", headers={"X-Forwarded-For": f"10.0.0.{number}"})

    response = await gateway.client.post("/api/v1/sessions", headers={"X-Forwarded-For": "10.0.1.1"})

    assert response.status == 429


async def test_address_may_try_to_sign_in_twenty_times_a_minute(gateway: Gateway) -> None:
    guesses = [{"username": f"agent-{number}", "password": "guess"} for number in range(21)]

    statuses = [(await gateway.client.post("/desk/api/login", json=guess)).status for guess in guesses]

    assert statuses == [401] * 20 + [429]
