"""`sellsim serve`: the lab on a port of this machine, until Ctrl-C."""

import contextlib
import errno
import os
import socket
import webbrowser
from collections.abc import Callable
from typing import Final

import uvicorn

from experiments.teaching.api import create_app
from experiments.teaching.ensembles import compute
from experiments.teaching.states import LAB_HORIZON, state_from
from simulation.loading import Fault, InputError
from simulation.parameters import Scenario

PORTS_TRIED: Final = 20
SECONDS_TO_FINISH: Final = 1  # for answers under way when the lab is stopped
MOST_CONNECTIONS: Final = 200


def serve(host: str, port: int, *, open_browser: bool, say: Callable[[str], None]) -> None:
    """Serve the lab until interrupted. `say` is told what the user should know, the address first of all.

    Raises InputError if the host is not one of this machine or no port is free.
    """
    with listening(host, port) as listener:
        taken = listener.getsockname()[1]
        say("Preparing the model; the first time, this takes half a minute.")
        warm_up()
        if taken != port:
            say(f"Port {port} is taken; the lab is on port {taken} instead.")
        address = address_of(host, taken)
        say(f"The lab is at {address} (Ctrl-C stops it)")
        if open_browser:
            webbrowser.open(address)
        settings = uvicorn.Config(
            create_app(), log_level="warning", access_log=False, server_header=False,
            timeout_graceful_shutdown=SECONDS_TO_FINISH, limit_concurrency=MOST_CONNECTIONS,
        )
        with contextlib.suppress(KeyboardInterrupt):  # raised once more after everything has been stopped
            uvicorn.Server(settings).run(sockets=[listener])
    say("The lab has stopped.")


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens on this port, or on the next free one. Raises InputError if there is none."""
    for candidate in range(port, min(port + PORTS_TRIED, 65536)):
        try:
            return _listener(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                what = f"the lab cannot listen on {host}, port {candidate}: {error.strerror or error}"
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
