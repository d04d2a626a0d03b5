"""A real browser on the lab: Debian's Chromium, driven by Playwright. Elsewhere the tests that need it are skipped."""

import base64
import contextlib
import json
import shutil
import threading
from collections.abc import Iterator
from typing import Any, Final

import pytest
import uvicorn

from experiments.teaching.api import create_app
from experiments.teaching.server import listening

INSTALL: Final = "pip install -e '.[dev]' && apt-get install chromium"
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
PATIENCE_MS: Final = 60_000  # for a loaded machine; nothing waits that long if all is well
SMALL: Final[dict[str, Any]] = {
    "version": "0.1.0",
    "seed": 7,
    "worlds": 30,
    "scenario": {
        "market": {"variety": 0.7},
        "organisation": {"reps": 6, "span": 3},
        "horizon": {"warmup_weeks": 2, "window_weeks": 8, "horizon_weeks": 24},
    },
    "regimes": {"strict": {}, "cluster": {}, "blended": {"divert_below": 0.9}, "lean": {}},
}
"""A firm that answers in a moment, and more worlds than a preview has."""


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The lab on a free port of this machine; yields its address."""
    with listening("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(create_app(), log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(timeout=10)


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """The browser; skips the test where there is none, and says how to install it."""
    path = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        path = None
    if path is None:
        pytest.skip(f"needs Chromium and Playwright; install them with: {INSTALL}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


def link(state: dict[str, Any]) -> str:
    """The part of the address that holds a state; written here anew, so that the page's own code is checked by it."""
    text = json.dumps(state, separators=(",", ":")).encode()
    return "#s=" + base64.urlsafe_b64encode(text).decode().rstrip("=")


def state_in(address: str) -> dict[str, Any]:
    """The state in an address."""
    text = address.partition("#s=")[2]
    state: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return state


def open_lab(page: Any, address: str, state: dict[str, Any] | None = None) -> None:
    """Open a state in the lab and wait for all of its worlds."""
    state = state or SMALL
    page.goto(address + link(state))
    answered(page, state["worlds"])


def answered(page: Any, worlds: int) -> None:
    """Wait until the board shows so many worlds and no request is under way."""
    page.wait_for_selector(f'.board[data-worlds="{worlds}"][aria-busy="false"]')


def table(page: Any, figure: str) -> list[list[str]]:
    """The table behind a figure, as text, opened if it was closed."""
    card = page.locator(f".card-{figure}")
    if card.locator("details").get_attribute("open") is None:
        card.locator("summary").click()
    card.locator("table").wait_for()
    rows: list[list[str]] = card.locator("table").evaluate(
        "table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return rows


def slider(page: Any, key: str) -> Any:
    """The slider of a parameter."""
    return page.locator(f'[data-key="{key}"]')


class Watched:
    """What a page must never do: fail in a script, be refused by its own policy, or ask another host."""

    def __init__(self, page: Any, address: str) -> None:
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("request", lambda request: self._asked(request.url, address))

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and "status of 4" not in text:  # an answer 4xx is what some tests ask for
            self.faults.append(f"console: {text}")

    def _asked(self, url: str, address: str) -> None:
        if not url.startswith((address, "blob:" + address, "data:")):
            self.faults.append(f"asked another host: {url}")
