"""The lab without a server, and a small firm that answers in a moment."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from experiments.teaching.api import create_app
from tests.helpers import browser


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """The lab, asked directly. An error inside it is an answer 500, as for a browser."""
    with TestClient(create_app(), "http://localhost", raise_server_exceptions=False) as lab:
        yield lab


@pytest.fixture
def small() -> dict[str, Any]:
    """The state of a small firm."""
    return {
        "version": "0.1.0",
        "seed": 7,
        "worlds": 6,
        "scenario": {
            "market": {"variety": 0.7},
            "organisation": {"reps": 6, "span": 3},
            "horizon": {"warmup_weeks": 2, "window_weeks": 6, "horizon_weeks": 20},
        },
        "regimes": {
            "strict": {},
            "blended": {"divert_below": 0.9},
            "trusting": {"base": "lean", "sign_off_over": "never"},
        },
    }


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a lab that is being served."""
    with browser.serving() as served:
        yield served


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real browser."""
    with browser.chromium() as running:
        yield running


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    """A fresh page; whatever a test does with it, no script fails and no other host is asked."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    context.set_default_timeout(browser.PATIENCE_MS)
    fresh = context.new_page()
    watched = browser.Watched(fresh, address)
    yield fresh
    context.close()
    assert watched.faults == []
