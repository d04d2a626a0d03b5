"""The lab's answers over HTTP: every request is checked and bounded, and what is wrong with it comes back as faults."""

import asyncio
import json
import mimetypes
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from experiments.design.values import whole_number
from experiments.teaching import lessons
from experiments.teaching.declarations import declarations
from experiments.teaching.desk import Busy, Desk
from experiments.teaching.ensembles import Stale
from experiments.teaching.hosts import KnownHosts
from experiments.teaching.states import SEED, WORLDS, State, as_toml, read_json, state_from
from experiments.teaching.watch.replay import replay
from simulation.loading import Fault, InputError

T = TypeVar("T")
STATIC: Final = Path(__file__).with_name("static")
LONGEST_BODY: Final = 64 * 1024
SECONDS_FOR_BODY: Final = 10
CLOSE: Final = {"Connection": "close"}
LONGEST_PAGE: Final = 64  # characters of a page's name for itself
RETRY_AFTER: Final = {"Retry-After": "1"}
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

mimetypes.add_type("text/javascript", ".js")  # some systems say text/plain, which browsers refuse for modules


def create_app(desk: Desk | None = None, hosts: Collection[str] = ()) -> ASGIApp:
    """The lab as an ASGI application. hosts: names it answers to besides addresses and this machine's own."""
    desk = desk or Desk()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        desk.close()

    app = Starlette(
        routes=[
            Mount("/api", routes=ROUTES),
            Mount("/", StaticFiles(directory=STATIC, html=True)),
        ],
        exception_handlers={
            HTTPException: _http_fault,
            InputError: _input_fault,
            Stale: _stale,
            Busy: _busy,
            ClientDisconnect: _gone,
        },
        lifespan=lifespan,
    )
    app.state.desk = desk
    return SecurityHeaders(KnownHosts(app, hosts))


class SecurityHeaders:
    """Adds HEADERS to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def give_declarations(_: Request) -> Response:
    """GET: what the page is generated from."""
    return _json(declarations())


async def give_ensemble(request: Request) -> Response:
    """POST {"state", "worlds"}: the ensemble's answer. The header X-Page makes a newer request end an older one."""
    body = await _body(request, ("state", "worlds"))
    state, faults = _state(body)
    worlds = _whole(body, "worlds", WORLDS._replace(default=state.worlds), faults)
    _raise(faults)
    page = request.headers.get("x-page")
    address = request.client.host if request.client else ""
    return _json(await _while_asked(request, _desk(request).answer(state, worlds, page and page[:LONGEST_PAGE], address)))


async def give_replay(request: Request) -> Response:
    """POST {"state", "regime", "seed"}: one run to watch."""
    body = await _body(request, ("state", "regime", "seed"))
    state, faults = _state(body)
    regime = body.get("regime", state.baseline)
    if not isinstance(regime, str):
        faults.append(Fault("regime", "must be the name of a regime"))
    seed = _whole(body, "seed", SEED._replace(default=state.seed), faults)
    _raise(faults)
    return _json(await asyncio.to_thread(replay, state, regime, seed))


async def give_toml(request: Request) -> Response:
    """POST {"state"}: the state as an experiment config."""
    state, faults = _state(await _body(request, ("state",)))
    _raise(faults)
    return PlainTextResponse(as_toml(state), headers={"Content-Disposition": 'attachment; filename="lab.toml"'})


async def give_lessons(_: Request) -> Response:
    """GET: all lessons in short."""
    return _json([lessons.listed(lesson) for lesson in await asyncio.to_thread(lessons.load_lessons)])


async def give_lesson(request: Request) -> Response:
    """GET: one lesson."""
    wanted = request.path_params["id"]
    for lesson in await asyncio.to_thread(lessons.load_lessons):  # anew each time: a teacher edits and reloads
        if lesson.id == wanted:
            return _json(lessons.lesson_json(lesson))
    raise HTTPException(404, "there is no such lesson; the list is at /api/lessons")


ROUTES: Final = (
    Route("/declarations", give_declarations),
    Route("/ensemble", give_ensemble, methods=["POST"]),
    Route("/replay", give_replay, methods=["POST"]),
    Route("/toml", give_toml, methods=["POST"]),
    Route("/lessons", give_lessons),
    Route("/lessons/{id}", give_lesson),
)


async def _body(request: Request, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """The body of a request, a JSON table with some of these keys. Raises HTTPException or InputError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":  # what another site's page cannot send without asking first
        raise HTTPException(415, "send JSON, with the header Content-Type: application/json")
    try:
        async with asyncio.timeout(SECONDS_FOR_BODY):
            body = read_json(await _read(request))
    except TimeoutError:
        raise HTTPException(408, f"send the whole request within {SECONDS_FOR_BODY} seconds", CLOSE) from None
    if not isinstance(body, dict):
        raise InputError("request", [Fault("", "must be a table with the keys " + ", ".join(keys))])
    _raise([Fault(key[:100], f"unknown key; there are: {', '.join(keys)}") for key in body if key not in keys][:10])
    return body


async def _read(request: Request) -> bytes:
    text = b""
    async for part in request.stream():
        text += part
        if len(text) > LONGEST_BODY:
            raise HTTPException(413, f"send {LONGEST_BODY // 1024} kB at most", CLOSE)
    return text


async def _while_asked(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What comes of some work; it stops when whoever asked is gone. The body must have been read. Raises ClientDisconnect."""
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        task.cancel()
        gone.cancel()


def _state(body: Mapping[str, Any]) -> tuple[State, list[Fault]]:
    """The state of a request, and room for further faults."""
    return state_from(body.get("state", {})), []


def _whole(body: Mapping[str, Any], name: str, limits: Any, faults: list[Fault]) -> int:
    found: list[Fault] = []
    number = whole_number(body, name, "", limits, found)
    faults += [Fault(name, f"is not allowed here; {limits.limits}") for _ in found]
    return number


def _raise(faults: list[Fault]) -> None:
    if faults:
        raise InputError("request", faults)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _json(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON; in ASCII, because keys of a request may hold what UTF-8 cannot."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return Response(text, status, {"Cache-Control": "no-store", **(headers or {})}, "application/json")


def _faults(faults: list[Fault], status: int, headers: Mapping[str, str] | None = None) -> Response:
    return _json({"faults": [fault._asdict() for fault in faults]}, status, headers)


async def _input_fault(_: Request, error: Exception) -> Response:
    assert isinstance(error, InputError)
    return _faults(error.faults, 422)


async def _http_fault(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _faults([Fault("", error.detail)], error.status_code, error.headers)


async def _stale(_: Request, error: Exception) -> Response:
    return _faults([Fault("", "a newer request of the same page has taken its place")], 409)


async def _busy(_: Request, error: Exception) -> Response:
    return _faults([Fault("", "too many are asking at once; try again in a second")], 503, RETRY_AFTER)


async def _gone(_: Request, error: Exception) -> Response:
    return Response(status_code=400)  # nobody reads it
