"""To which names the lab answers, and at which addresses a class finds it.

A page of another site could have its own name resolved to this machine and then ask the lab as if it were a part of it (DNS
rebinding). So the lab answers only to addresses, to this machine's own names, and to names that were given to it; and it
answers no page that came from elsewhere.
"""

import io
import ipaddress
import json
import re
import socket
from collections.abc import Collection
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import segno
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

EVERYWHERE: Final = ("0.0.0.0", "::", "")
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?")


class KnownHosts:
    """Refuses requests for other hosts, and those of other sites' pages."""

    def __init__(self, app: ASGIApp, named: Collection[str] = ()) -> None:
        own = socket.gethostname().lower()
        self._app = app
        self._named = {name.lower() for name in named}
        self._names = {"localhost", own, f"{own.partition('.')[0]}.local", *self._named}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = self._problem(Headers(scope=scope)) if scope["type"] == "http" else ""
        if not problem:
            await self._app(scope, receive, send)
            return
        text = json.dumps({"faults": [{"key": "", "problem": problem}]})
        await Response(text, 403, {"Cache-Control": "no-store"}, "application/json")(scope, receive, send)

    def _problem(self, headers: Headers) -> str:
        hosts, origin = headers.getlist("host"), headers.get("origin")
        if len(hosts) != 1 or not self._is_known(hosts[0]):
            return "the lab does not answer to this host; name it when starting it: sellsim serve --allow-host NAME"
        if origin is not None and not self._is_same(origin, hosts[0]):
            return "the lab answers only its own page"
        return ""

    def _is_known(self, host: str) -> bool:
        name = _host_of(f"//{host}")
        return name in self._names or _is_address(name)

    def _is_same(self, origin: str, host: str) -> bool:
        """Whether a page came from here, or from a host that was named (a proxy's, in front of the lab)."""
        return origin.lower().partition("//")[2] == host.lower() or _host_of(origin) in self._named


def is_name(text: str) -> bool:
    """Whether this can be the name of a host."""
    return _NAME.fullmatch(text.lower()) is not None


def addresses_of(host: str, port: int) -> list[str]:
    """What pupils can type into their browsers to reach a lab that listens on a host; [] if nobody else can reach it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = _own_addresses(family) if host in EVERYWHERE else [host]
    return [f"http://{f'[{one}]' if ':' in one else one}:{port}/" for one in found if not _is_loopback(one)]


def qr_code(text: str) -> str:
    """A QR code in characters, for terminals with light letters on dark; phones read it on others as well."""
    drawn = io.StringIO()
    segno.make(text, micro=False, error="m").terminal(drawn, compact=True, border=2)
    return drawn.getvalue().rstrip("\n")


def _own_addresses(family: socket.AddressFamily) -> list[str]:
    """Addresses of this machine, first that of the way out. Nothing is sent."""
    found = []
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1" if family == socket.AF_INET else "2001:db8::1", 9))  # addresses of nobody, for documents
        found.append(probe.getsockname()[0])
    with suppress(OSError):
        found += [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, family, socket.SOCK_STREAM)]
    return list(dict.fromkeys(one for one in found if "%" not in one))


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return name == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback)
