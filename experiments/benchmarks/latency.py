"""How long the lab takes to answer: one page whose slider is dragged, and a class of them at once."""

import http.client
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from experiments.teaching.states import LAB_HORIZON
from simulation.parameters import plain

PREVIEW: Final = 25  # worlds while dragging
SETTLED: Final = 200  # worlds on release
PUPILS: Final = 30
DRAGGING: Final = 60.0  # seconds in which each pupil of a class drags a slider
PAUSE: Final = 0.05  # seconds a page takes to show an answer
SECONDS_TO_WAIT: Final = 30  # as long as the page does
NO_ANSWER: Final = 0  # in the place of a status


class Answer(NamedTuple):
    """One answer as a page gets it."""

    seconds: float
    worlds: int
    status: int


def lab_latency() -> pd.DataFrame:
    """Seconds from sending a request to having the whole answer, at the reference firm under all regimes.

    A page asks anew when it has its answer, for another place of the slider, so that nothing has been computed before.
    """
    with _serving() as port:
        one = [_ask(port, "one", worlds, i / 500) for i, worlds in enumerate([PREVIEW] * 40)]
        large = [_ask(port, "one", SETTLED, 0.5 + i / 500) for i in range(4)]
        with ThreadPoolExecutor(PUPILS) as pool:
            class_of = [answer for answers in pool.map(lambda n: _drag(port, n, 6), range(PUPILS)) for answer in answers]
        begun = time.perf_counter()
        with ThreadPoolExecutor(PUPILS) as pool:
            pupils = pool.map(lambda n: _drag_until(port, n, begun + DRAGGING), range(PUPILS))
            dragged = [answer for answers in pupils for answer in answers]
    rows = [
        _row("one page", PREVIEW, one), _row("one page", SETTLED, large),
        _row(f"{PUPILS} pages at once", PREVIEW, class_of),
        _row(f"{PUPILS} pages dragging for {DRAGGING:g} s", PREVIEW, dragged),
    ]
    return pd.DataFrame(rows)


def _drag(port: int, pupil: int, requests: int) -> list[Answer]:
    """What one of many pupils gets, who all look at different markets."""
    return [_ask(port, f"pupil {pupil}", PREVIEW, (pupil * requests + i) / 1000, 0.9) for i in range(requests)]


def _drag_until(port: int, pupil: int, end: float) -> list[Answer]:
    """What a pupil gets who drags a slider: a page asks anew once it has shown an answer, for where the slider is by then."""
    answers: list[Answer] = []
    while time.perf_counter() < end:
        place = (pupil * 31 + len(answers)) % 997 / 1000
        answers.append(_ask(port, f"dragging {pupil}", PREVIEW, place, 0.25 + pupil / 100))
        time.sleep(PAUSE)
    return answers


def _ask(port: int, page: str, worlds: int, variety: float, ambiguity: float = 0.5) -> Answer:
    market = {"variety": variety, "ambiguity": ambiguity}
    state = {"seed": 1, "worlds": worlds, "scenario": {"market": market, "horizon": plain(LAB_HORIZON)}}
    body = json.dumps({"state": state, "worlds": worlds})
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_TO_WAIT)
    try:
        connection.request("POST", "/api/ensemble", body, {"Content-Type": "application/json", "X-Page": page})
        answer = connection.getresponse()
        text, status = answer.read(), answer.status
    except OSError:
        text, status = b"{}", NO_ANSWER
    finally:
        connection.close()
    return Answer(time.perf_counter() - begun, json.loads(text).get("worlds", 0), status)


def _row(task: str, worlds: int, answers: list[Answer]) -> dict[str, Any]:
    seconds = [answer.seconds for answer in answers]
    return {
        "task": f"{task}, {worlds} worlds",
        "requests": len(answers),
        "median (s)": np.median(seconds),
        "95th percentile (s)": np.quantile(seconds, 0.95),
        "longest (s)": max(seconds),
        "worlds, mean": np.mean([answer.worlds for answer in answers]),
        "worlds, % of those asked for": 100 * sum(a.worlds for a in answers) / (len(answers) * worlds),
        "worlds, fewest": min(answer.worlds for answer in answers),
        "errors": sum(answer.status != 200 for answer in answers),
    }


@contextmanager
def _serving() -> Iterator[int]:
    """The lab in a process of its own; gives its port."""
    command = [sys.executable, "-u", "-m", "experiments.cli", "serve", "--port", "8500"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as lab:
        assert lab.stdout is not None
        try:
            for line in lab.stdout:
                if found := re.search(r"http://[^/]+:(\d+)/", line):
                    yield int(found[1])
                    break
        finally:
            lab.send_signal(signal.SIGINT)
