"""A stand-in for the host's risk control: `python -m deploy.risk_receiver` prints what it is asked and confirms it.

For demonstrations on one machine only. Set RISK_CONTROL_URL=http://127.0.0.1:8090/ and RISK_CONTROL_SECRET in `.env`
(or the environment) for the gateway; the receiver reads the same secret and refuses what is not signed with it.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from aiohttp import web

from gateway.webhooks import KEY_HEADER, is_signed
from helpdesk.settings import read_environment

_PORT = 8090


def init_receiver(secret: str, *, status: str = "held") -> web.Application:
    """Return an application that answers each signed request with `status`, a repeated one as the first time."""
    answered: dict[str, dict[str, object]] = {}

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        if not is_signed(secret, request.headers, body):
            print("refused: not signed with our secret, or too old", flush=True)
            return web.json_response({"error": "signature_invalid"}, status=401)
        key = request.headers.get(KEY_HEADER, "")
        asked = json.loads(body)
        print(json.dumps(asked, ensure_ascii=False), "(again)" if key in answered else "", flush=True)
        reference = f"RC-{len(answered) + 1:06d}"
        return web.json_response(answered.setdefault(key, {"status": status, "reference": reference}))

    app = web.Application(client_max_size=64 * 1024)
    app.add_routes([web.post("/", receive)])
    return app


def main() -> None:
    """Listen on loopback until stopped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=_PORT)
    parser.add_argument("--status", choices=["held", "refused", "unknown"], default="held")
    arguments = parser.parse_args()
    secret = read_environment(os.environ, Path(".env")).get("RISK_CONTROL_SECRET", "")
    if not secret:
        sys.exit("RISK_CONTROL_SECRET is not set")
    web.run_app(init_receiver(secret, status=arguments.status), host="127.0.0.1", port=arguments.port, access_log=None)


if __name__ == "__main__":
    main()
