"""`sellsim serve`: the lab on a port of this machine, until Ctrl-C."""

import contextlib
import errno
import os
import socket
import webbrowser
from collections.abc import Callable, Collection
from typing import Final

import uvicorn

from experiments.teaching.api import create_app
from experiments.teaching.connections import MOST_CONNECTIONS, Bounded
from experiments.teaching.ensembles import compute
from experiments.teaching.hosts import EVERYWHERE, addresses_of, is_name, qr_code
from experiments.teaching.states import LAB_HORIZON, state_from
from simulation.loading import Fault, InputError
from simulation.parameters import Scenario

PORTS_TRIED: Final = 20
SECONDS_TO_FINISH: Final = 1  # for answers under way when the lab is stopped
WHO: Final = (
    "Whoever is in the same network as this machine can use the lab there, without a password: read its page and lessons, and "
    "have this machine compute. Nothing can be written. Nobody else is let in by the lab; whether the network is open to others "
    "(a guest network, the internet) is for its owner to say."
)


def serve(
    host: str, port: int, *, open_browser: bool, say: Callable[[str], None], hosts: Collection[str] = ()
) -> None:
    """Serve the lab until interrupted. `say` is told what the user should know, the address first of all.

    hosts: names that the lab answers to besides addresses and this machine's own. Raises InputError if the host is not one of
    this machine, no port is free, or a name is none.
    """
    if faults := [Fault("--allow-host", f"{name[:80]!r} is no name of a host") for name in hosts if not is_name(name)]:
        raise InputError("serve", faults)
    with listening(host, port) as listener:
        taken = listener.getsockname()[1]
        say("Preparing the model; the first time, this takes half a minute.")
        warm_up()
        if taken != port:
            say(f"Port {port} is taken; the lab is on port {taken} instead.")
        for line in where(host, taken):
            say(line)
        if open_browser:
            webbrowser.open(address_of(host, taken))
        settings = uvicorn.Config(
            create_app(hosts=hosts), http=Bounded, ws="none", log_level="error", access_log=False, server_header=False,
            proxy_headers=False, timeout_graceful_shutdown=SECONDS_TO_FINISH, limit_concurrency=MOST_CONNECTIONS,
        )
        with contextlib.suppress(KeyboardInterrupt):  # raised once more after everything has been stopped
            uvicorn.Server(settings).run(sockets=[listener])
    say("The lab has stopped.")


def where(host: str, port: int) -> list[str]:
    """What to say about where the lab is and who can reach it."""
    found = addresses_of(host, port)
    if not found and host not in EVERYWHERE:
        others = "Only this machine reaches it; --host 0.0.0.0 lets others in the network in."
        return [f"The lab is at {address_of(host, port)} (Ctrl-C stops it)", others]
    if not found:
        others = "No network was found in which others could reach it."
        return [f"The lab is at {address_of(host, port)} (Ctrl-C stops it)", others]
    more = [f"  or {address}" for address in found[1:]]
    here = [f"  on this machine also {address_of(host, port)}"] if host in EVERYWHERE else []
    return [f"The lab is at {found[0]} (Ctrl-C stops it)", *more, *here, "", qr_code(found[0]), "", WHO]


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens on this port, or on the next free one. Raises InputError if there is none."""
    for candidate in range(port, min(port + PORTS_TRIED, 65536)):
        try:
            return _listener(host, candidate)
        except (OSError, UnicodeError) as error:  # UnicodeError: no name of a host can be like this
            if not isinstance(error, OSError) or error.errno != errno.EADDRINUSE:
                why = (error.strerror or error) if isinstance(error, OSError) else "it is no name of a host"
                what = f"the lab cannot listen on {host[:80]}, port {candidate}: {why}"
                raise InputError("serve", [Fault("", what)]) from None
    what = f"ports {port} to {candidate} are all taken; name another one with --port"
    raise InputError("serve", [Fault("", what)])


def address_of(host: str, port: int) -> str:
    """What to type into a browser. Every interface of the machine (0.0.0.0) is also this machine itself."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}/"


def warm_up() -> None:
    """Compile the model, or load its compiled code, before the first slider moves."""
    compute(state_from({"scenario": Scenario(horizon=LAB_HORIZON).model_dump(include={"horizon"})}), 1)


def _listener(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
