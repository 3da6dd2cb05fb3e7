"""Uploads as a customer's widget and an agent's desk make them."""

import io
from typing import Any

from aiohttp import ClientResponse, FormData

from tests.integration.gateway.clients import API, AgentClient, Customer, Json
from tests.samples import picture


def form(content: bytes, name: str, *, client_id: str = "u-1", declared: str = "application/octet-stream") -> FormData:
    fields = FormData()
    fields.add_field("client_id", client_id)
    # A stream: aiohttp warns of large bodies in one piece.
    fields.add_field("file", io.BytesIO(content), filename=name, content_type=declared)
    return fields


async def upload(customer: Customer, content: bytes, name: str = "a.png", **options: Any) -> ClientResponse:
    """Send a file and return the answer."""
    headers = {"Authorization": f"Bearer {customer.token}"}
    return await customer.client.post(f"{API}/uploads", data=form(content, name, **options), headers=headers)


async def uploaded(customer: Customer, content: bytes = b"", name: str = "截图.png", **options: Any) -> Json:
    """Send a file that is accepted; return what the answer says of it."""
    response = await upload(customer, content or picture(), name, **options)
    assert response.status == 201, await response.text()
    return dict(await response.json())


async def send(customer: Customer, file_id: str, text: str = "", *, client_id: str = "") -> ClientResponse:
    """Send a message that carries a file."""
    return await customer.post(
        "/messages", {"client_id": client_id or customer.fresh_id(), "file": file_id, "text": text}
    )


async def agent_upload(
    agent: AgentClient, conversation: str, content: bytes, name: str, **options: Any
) -> ClientResponse:
    path = f"/desk/api/conversations/{conversation}/uploads"
    return await agent.client.post(path, data=form(content, name, **options), headers={"X-CSRF-Token": agent.csrf})
