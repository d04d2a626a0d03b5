"""Reading a figure as people do: what is written in it, and whether it can be read."""

import functools
import re
from itertools import combinations
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text


@functools.lru_cache(maxsize=8)
def texts(figure: Figure) -> list[Text]:
    """Everything that is written when the figure is drawn; a figure also holds text that never is."""
    written: list[Text] = []
    draw = Text.draw

    def note_and_draw(text: Text, renderer: Any) -> None:
        if text.get_visible() and text.get_text().strip():
            written.append(text)
        draw(text, renderer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", note_and_draw)
        figure.draw_without_rendering()
    return written


def words(figure: Figure) -> str:
    return re.sub(r"\s+", " ", " | ".join(text.get_text() for text in texts(figure)))


def assert_readable(figure: Figure) -> None:
    """No text lies over another or leaves the figure."""
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    for text, box in boxes:
        assert min(box.x0, box.y0) >= -1, text
        assert box.x1 <= figure.bbox.x1 + 1, text
        assert box.y1 <= figure.bbox.y1 + 1, text
    for (text, box), (other, beside) in combinations(boxes, 2):
        across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
        down = min(box.y1, beside.y1) - max(box.y0, beside.y0)
        assert across < 1.5 or down < 1.5, f"{text!r} lies over {other!r}"
