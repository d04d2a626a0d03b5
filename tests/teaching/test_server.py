"""The lab as a server: turns, stale requests, malformed ones, headers; and `sellsim serve` on a port."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

import experiments.teaching.ensembles as ensembles
from experiments.teaching.desk import Busy, Desk
from experiments.teaching.ensembles import AGES, Ensemble, Shelf, Stale
from experiments.teaching.server import address_of, listening
from experiments.teaching.states import state_from
from simulation.loading import InputError
from simulation.measures import CURVES
from simulation.parameters import parameters


class Gate:
    """In the place of the simulation: every slice waits until it is let through, and notes what it was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[int, int]] = []  # first seed and worlds of each slice
        self.stopped = 0
        self.pass_through = threading.Semaphore(0)
        self._run = ensembles.ensemble_with_curves
        monkeypatch.setattr(ensembles, "ensemble_with_curves", self)

    def __call__(
        self, scenario: Any, regimes: Any, seeds: Any, ages: Any, *, workers: int | None, progress: Callable[[int], None]
    ) -> Any:
        self.asked.append((seeds[0], len(seeds)))
        assert self.pass_through.acquire(timeout=100)
        try:
            progress(1)
        except Stale:
            self.stopped += 1
            raise
        table, _ = self._run(scenario, regimes, [1], ages)
        rows = table.loc[table.index.repeat(len(seeds))]
        return rows, np.zeros((len(regimes), len(seeds), len(CURVES), len(AGES)))

    def open(self, slices: int = 10_000) -> None:
        """Let so many slices through."""
        self.pass_through.release(slices)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)


async def until(condition: Callable[[], bool]) -> None:
    """Give way until a condition holds."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0.0005)
    raise AssertionError("it never came to that")


def run(task: Coroutine[Any, Any, None]) -> None:
    """Run a story in a thread of its own: a browser of other tests may have an event loop in this one."""

    async def told() -> None:
        await asyncio.wait_for(task, 120)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, told()).result()


def test_a_newer_request_of_the_same_page_stops_the_older_one(gate: Gate, small: dict[str, Any]) -> None:
    async def story() -> None:
        desk = Desk(cores=1)
        older = asyncio.create_task(desk.answer(state_from(small), 6, "page"))
        await until(lambda: len(gate.asked) == 1)
        newer = asyncio.create_task(desk.answer(state_from(small | {"seed": 100}), 6, "page"))
        with pytest.raises(Stale):
            await older
        gate.open()
        assert (await newer)["seed"] == 100
        await until(lambda: gate.stopped == 1)
        assert [seed for seed, _ in gate.asked] == [7, 100]

    run(story())


def test_a_stale_request_leaves_the_line_without_a_turn(gate: Gate, small: dict[str, Any]) -> None:
    async def story() -> None:
        desk = Desk(cores=1)
        first = asyncio.create_task(desk.answer(state_from(small), 6, "another page"))
        await until(lambda: len(gate.asked) == 1)
        for seed in (100, 200, 300):
            last = asyncio.create_task(desk.answer(state_from(small | {"seed": seed}), 6, "page"))
            await until(lambda: desk.waiting == 2)
        gate.open()
        assert [(await first)["seed"], (await last)["seed"]] == [7, 300]
        assert [seed for seed, _ in gate.asked] == [7, 300]
        assert desk.waiting == 0

    run(story())


def test_pages_take_turns(gate: Gate, small: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.teaching.desk.SLICE", 1)

    async def story() -> None:
        desk = Desk(cores=1)
        tasks = [asyncio.create_task(desk.answer(state_from(small | {"seed": s}), 3, str(s))) for s in (100, 200)]
        await until(lambda: len(gate.asked) == 1 and desk.waiting == 2)
        gate.open()
        assert [(await task)["worlds"] for task in tasks] == [3, 3]
        assert [seed for seed, _ in gate.asked] == [100, 200, 101, 201, 102, 202]

    run(story())


def test_whoever_cannot_wait_gets_the_worlds_done_so_far(
    gate: Gate, small: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.teaching.desk.SLICE", 1)
    gate.open()

    async def story() -> None:
        answer = await Desk(seconds=0, cores=1).answer(state_from(small), 6)
        assert (answer["worlds"], answer["complete"]) == (1, False)

    run(story())


def test_too_many_at_once_are_sent_away(gate: Gate, small: dict[str, Any]) -> None:
    async def story() -> None:
        desk = Desk(most_waiting=2, cores=1)
        tasks = [asyncio.create_task(desk.answer(state_from(small | {"seed": s}), 1)) for s in (100, 200)]
        await until(lambda: desk.waiting == 2)
        with pytest.raises(Busy):
            await desk.answer(state_from(small), 1)
        gate.open()
        assert [(await task)["seed"] for task in tasks] == [100, 200]
        assert (await desk.answer(state_from(small), 1))["seed"] == 7

    run(story())


def test_a_closed_desk_stops_what_is_under_way(gate: Gate, small: dict[str, Any]) -> None:
    async def story() -> None:
        desk = Desk(cores=1)
        task = asyncio.create_task(desk.answer(state_from(small), 6))
        await until(lambda: len(gate.asked) == 1)
        desk.close()
        with pytest.raises(Stale):
            await task
        gate.open()
        await until(lambda: gate.stopped == 1)

    run(story())


def test_a_request_that_ends_stops_its_work(gate: Gate, small: dict[str, Any]) -> None:
    async def story() -> None:
        desk = Desk(cores=1)
        task = asyncio.create_task(desk.answer(state_from(small), 6))
        await until(lambda: len(gate.asked) == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.open()
        await until(lambda: gate.stopped == 1)
        assert desk.waiting == 0

    run(story())


def test_what_a_class_looks_at_together_is_computed_once(gate: Gate, small: dict[str, Any]) -> None:
    async def story() -> None:
        desk = Desk(cores=1)
        tasks = [asyncio.create_task(desk.answer(state_from(small), 6, str(page))) for page in range(5)]
        await until(lambda: desk.waiting == 5)
        gate.open()
        answers = [await task for task in tasks]
        assert all(answer["measures"] == answers[0]["measures"] for answer in answers)
        assert sum(worlds for _, worlds in gate.asked) == 6

    run(story())


def test_the_shelf_gives_up_what_was_not_asked_for_lately(small: dict[str, Any]) -> None:
    shelf = Shelf(kept=3)
    state = state_from(small)
    work = Ensemble(state, 1, shelf)
    work.advance(1, lambda: True)
    assert Ensemble(state, 1, shelf).complete
    Ensemble(state_from(small | {"seed": 100}), 1, shelf).advance(1, lambda: True)
    assert not Ensemble(state, 1, shelf).complete


def test_stale_and_busy_are_told_as_such(client: TestClient, small: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for error, status in ((Stale, 409), (Busy, 503)):

        async def refuse(*_: Any, error: type[Exception] = error) -> Any:
            raise error

        monkeypatch.setattr(Desk, "answer", refuse)
        answer = client.post("/api/ensemble", json={"state": small})
        assert answer.status_code == status
        assert answer.json()["faults"][0]["problem"]
        assert ("retry-after" in answer.headers) == (error is Busy)


KEYS = [f"{p.group}.{p.name}" for p in parameters()]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(["always", "never"]),
    st.just(10**400), st.just(-1e308), st.just("\ud800"), st.lists(st.integers(), max_size=3), st.just({}),
)
NAMES = st.one_of(
    st.text(max_size=8), st.sampled_from([key.split(".")[1] for key in KEYS]),
    st.sampled_from(["state", "worlds", "seed", "regime", "scenario", "regimes", "market", "organisation", "horizon", "base"]),
    st.sampled_from(["strict", "blended", "version", "\ud800", "__class__"]),
)
ANYTHING = st.recursive(VALUES, lambda inner: st.dictionaries(NAMES, inner, max_size=4), max_leaves=12)
BODIES = st.one_of(
    st.binary(max_size=60),
    ANYTHING.map(lambda data: json.dumps(data).encode()),
    ANYTHING.map(lambda data: json.dumps({"state": data}).encode()),
    st.dictionaries(NAMES, ANYTHING, max_size=3).map(lambda data: json.dumps({"state": {"scenario": data}}).encode()),
    st.dictionaries(NAMES, ANYTHING, max_size=3).map(lambda data: json.dumps({"state": {"regimes": data}}).encode()),
    st.tuples(st.sampled_from(KEYS), VALUES).map(lambda pair: json.dumps({"state": _state_with(*pair)}).encode()),
)


def _state_with(key: str, value: Any) -> dict[str, Any]:
    """One number of the model, whatever its value."""
    group, name = key.split(".")
    return {"regimes": {"strict": {name: value}}} if group == "regime" else {"scenario": {group: {name: value}}}


@settings(max_examples=300)
@given(body=BODIES, path=st.sampled_from(["toml", "ensemble", "replay"]), extra=VALUES)
def test_malformed_requests_are_refused_and_break_nothing(client: TestClient, body: bytes, path: str, extra: Any) -> None:
    if path == "ensemble":  # without the work, should the request be sound after all
        body = body.replace(b'{"state"', b'{"worlds": 0, "state"', 1)
    elif path == "replay":
        body = body.replace(b'{"state"', b'{"seed": ' + json.dumps(extra).encode() + b', "regime": 1, "state"', 1)
    answer = client.post(f"/api/{path}", content=body, headers={"Content-Type": "application/json"})
    sound = answer.status_code == 200 and (path == "toml" or body.strip() == b"{}")
    assert sound or 400 <= answer.status_code < 500, answer.text
    if not sound:
        assert answer.json()["faults"]


@pytest.mark.parametrize(
    ("method", "path", "content", "kind", "status"),
    [
        ("POST", "/api/ensemble", b"{" * 50_000, "application/json", 422),
        ("POST", "/api/ensemble", b"[" * 60_000 + b"]" * 5_000, "application/json", 422),
        ("POST", "/api/ensemble", b'"' + b"x" * 70_000 + b'"', "application/json", 413),
        ("POST", "/api/ensemble", b"{}", "text/plain", 415),
        ("POST", "/api/ensemble", b'{"state": {"seed": 1' + b"0" * 5000 + b"}}", "application/json", 422),
        ("POST", "/api/toml", b'{"state": {"seed": NaN}}', "application/json", 422),
        ("GET", "/api/ensemble", b"", "application/json", 405),
        ("DELETE", "/api/declarations", b"", "application/json", 405),
        ("GET", "/api/lessons/none", b"", "application/json", 404),
        ("GET", "/api/nothing", b"", "application/json", 404),
        ("GET", "/..%2f..%2fapi.py", b"", "application/json", 404),
        ("GET", "/%00", b"", "application/json", 404),
        ("GET", "/" + "a" * 5000, b"", "application/json", 404),
    ],
)
def test_what_is_no_request_of_the_page(
    client: TestClient, method: str, path: str, content: bytes, kind: str, status: int
) -> None:
    answer = client.request(method, path, content=content, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.json()["faults"][0]["problem"]


@pytest.mark.parametrize("path", ["/", "/api/declarations", "/api/nothing", "/api/ensemble"])
def test_every_answer_has_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_page_names_no_other_host(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "http:" not in page.text
    assert "https:" not in page.text
    assert client.get("/main.js").headers["content-type"].startswith("text/javascript")


def test_a_taken_port_gives_the_next_free_one() -> None:
    with listening("127.0.0.1", 20_000) as first, listening("127.0.0.1", first.getsockname()[1]) as second:
        assert second.getsockname()[1] > first.getsockname()[1]


def test_a_host_that_is_not_this_machine_is_told() -> None:
    with pytest.raises(InputError, match=r"cannot listen on 192\.0\.2\.1"):
        listening("192.0.2.1", 20_000)
    with pytest.raises(InputError, match="cannot listen on no host"):
        listening("no host", 20_000)


def test_addresses_can_be_typed_into_a_browser() -> None:
    assert address_of("0.0.0.0", 80) == "http://127.0.0.1:80/"
    assert address_of("::1", 80) == "http://[::1]:80/"


def test_serve_prints_its_address_answers_and_stops_with_ctrl_c() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-u", "-m", "experiments.cli", "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as lab:
        assert lab.stdout is not None
        try:
            address = ""
            while "http://" not in address:
                address = lab.stdout.readline()
                assert address, "it ended early"
            url = next(word for word in address.split() if word.startswith("http://"))
            with urllib.request.urlopen(f"{url}api/declarations", timeout=100) as answer:
                assert json.load(answer)["limits"]["worlds"] == 400
            lab.send_signal(signal.SIGINT)
            said, _ = lab.communicate(timeout=100)
        finally:
            lab.kill()
        assert lab.returncode == 0
        assert "has stopped" in said
        assert "Traceback" not in said
