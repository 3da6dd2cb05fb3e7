"""The built front end: the zone at /, the desk at /desk/, the widget's script and the assets."""

from pathlib import Path

from aiohttp import web

from gateway.keys import SETTINGS

# File names carry a hash of their content.
_FOREVER = "public, max-age=31536000, immutable"
_BRIEFLY = "public, max-age=300"


def _file(request: web.Request, name: str, *, cache: str) -> web.FileResponse:
    path = request.app[SETTINGS].web_dir / name
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": cache})


async def zone_page(request: web.Request) -> web.FileResponse:
    """GET /."""
    return _file(request, "index.html", cache="no-cache")


async def desk_page(request: web.Request) -> web.FileResponse:
    """GET /desk/."""
    return _file(request, "desk/index.html", cache="no-cache")


async def desk_redirect(_request: web.Request) -> web.Response:
    """GET /desk."""
    raise web.HTTPPermanentRedirect("/desk/")


async def widget_file(request: web.Request) -> web.FileResponse:
    """GET /widget.js and, for browsers without constructable style sheets, /widget.css; host pages may load them."""
    response = _file(request, request.path.removeprefix("/"), cache=_BRIEFLY)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


async def icon(request: web.Request) -> web.FileResponse:
    """GET /icon.svg."""
    return _file(request, "icon.svg", cache=_BRIEFLY)


async def asset(request: web.Request) -> web.FileResponse:
    """GET /assets/{name}."""
    name = request.match_info["name"]
    if Path(name).name != name:
        raise web.HTTPNotFound
    return _file(request, f"assets/{name}", cache=_FOREVER)


def routes() -> list[web.RouteDef]:
    """Return the routes of the pages."""
    return [
        web.get("/", zone_page),
        web.get("/desk", desk_redirect),
        web.get("/desk/", desk_page),
        web.get("/widget.js", widget_file),
        web.get("/widget.css", widget_file),
        web.get("/icon.svg", icon),
        web.get("/assets/{name}", asset),
    ]
