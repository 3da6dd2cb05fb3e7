"""Work that a stopping gateway does not tear."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def undisturbed[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """Let database work come to its end before a cancellation counts."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise
