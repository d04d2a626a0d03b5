"""What the figures have in common: style, regimes' looks, room for labels, files."""

import functools
import io
import math
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter
from PIL import Image
from scipy.optimize import isotonic_regression

from experiments.inference import Estimate
from experiments.wording import regimes
from experiments.wording.numbers import minus

STYLE: Final = Path(__file__).with_name("style.mplstyle")
WIDTH: Final = 9.0  # inches, of every figure
TITLE_WIDTH: Final = 85  # characters
TITLE_LINE_INCHES: Final = 0.22
CAPTION_LINE_INCHES: Final = 0.16
CAPTION_WIDTH: Final = 148  # characters
PANEL_WIDTH: Final = 126  # characters of small print, of all panels of a row together
LABEL_INCHES: Final = 3.0  # for each row of panels, of a label at their left
LEGEND_COLUMNS: Final = 5
INK: Final = "#222222"
FAINT: Final = "#777777"


class Look(NamedTuple):
    """How Matplotlib draws a regime: see `experiments.wording.regimes`, where its look is declared."""

    colour: str
    line: Any  # a line style
    marker: str


SHORT_DASHES: Final = (0, regimes.SHORT_DASHES)
SHAPES: Final = {
    "circle": "o", "square": "s", "diamond": "D", "triangle": "^", "down": "v", "left": "<", "right": ">", "plus": "P",
    "cross": "X", "hexagon": "h", "pentagon": "p",
}
NOTHING: Final = Estimate(0, math.nan, math.nan, math.nan)
"""What is known of a measure that is not in a table."""

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def style() -> Iterator[None]:
    """The project's style on top of Matplotlib's defaults; whatever was set before is back afterwards."""
    with mpl.rc_context():
        mpl.rc_file(STYLE, use_default_template=True)
        yield


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """A function that draws in the project's style."""

    @functools.wraps(draw)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> T:
        with style():
            return draw(*args, **kwargs)

    return in_style


def looks(names: Iterable[str]) -> dict[str, Look]:
    """A look for each regime, no two alike (up to 50)."""
    return {
        name: Look(look.colour, (0, look.dashes) if look.dashes else "-", SHAPES[look.marker])
        for name, look in regimes.looks(names).items()
    }


def ink_on(colour: str) -> str:
    """The colour in which text can be read on this one."""
    red, green, blue = to_rgb(colour)
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else INK


def with_commas(axis: Axis) -> None:
    """Ticks as people write them: 1,400, −0.5."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: minus(f"{value:,.6g}")))


def short_names(names: Iterable[str], width: int, lines: int = 2) -> dict[str, str]:
    """What to write for each regime, in so many lines of so many characters.

    The middle of a longer name is left out; names that then look alike have their place in the list added.
    """
    names = list(names)
    room = width if lines == 1 else lines * (width - 3)
    short = {name: _elided(name, room) for name in names}
    written_so = list(short.values())
    for place, name in enumerate(names, start=1):
        if written_so.count(short[name]) > 1:
            short[name] = f"{_elided(name, room - 4)} #{place}"
    return short if lines == 1 else {name: _wrapped(text, width) for name, text in short.items()}


def _elided(name: str, room: int) -> str:
    if len(name) <= room:
        return name or " "
    return f"{name[: room // 2]}…{name[len(name) - (room - room // 2 - 1) :]}"


def _wrapped(name: str, width: int) -> str:
    """Lines of at most `width` characters, broken after blanks, hyphens and underscores if there are any."""
    lines = [""]
    for piece in re.findall(r"[^ _-]*[ _-]?", name):
        while len(piece) > width:
            lines, piece = [*lines, piece[:width]], piece[width:]
        if len(lines[-1]) + len(piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.strip() for line in lines if line.strip()) or " "


def sheet(height: float, title: str, caption: Sequence[str]) -> Figure:
    """An empty figure with a title above and a caption below (n, intervals, how to read it)."""
    margins = ConstrainedLayoutEngine(rect=(0.005, 0.0, 0.985, 1.0))
    figure = Figure(figsize=(WIDTH, height), layout=margins)
    figure.suptitle(textwrap.fill(title, TITLE_WIDTH), x=0.01, ha="left", color=INK)
    text = "\n".join(textwrap.fill(part, CAPTION_WIDTH) for part in caption)
    figure.supxlabel(text, x=0.01, ha="left", color="#555555", linespacing=1.35)
    return figure


@styled
def retitle(figure: Figure, title: str) -> None:
    """Give a figure the answer as its title; what was its title then opens the caption."""
    shown, lines = joined(figure.get_suptitle()), textwrap.fill(title, TITLE_WIDTH)
    more = lines.count("\n") - figure.get_suptitle().count("\n")
    figure.suptitle(lines, x=0.01, ha="left", color=INK)
    caption = "\n".join([shown, figure.get_supxlabel()])
    figure.supxlabel(caption, x=0.01, ha="left", color="#555555", linespacing=1.35)
    figure.set_figheight(figure.get_figheight() + TITLE_LINE_INCHES * max(more, 0) + CAPTION_LINE_INCHES)


def below_legend(
    figure: Figure,
    n_panels: int,
    n_columns: int,
    legend_inches: float = 0.3,
    *,
    share_x: bool = False,
    share_y: bool = False,
) -> tuple[Axes, list[Axes]]:
    """A strip for the legend and, below it, so many panels, row by row; share_x, share_y: all have the same axis."""
    n_rows = -(-n_panels // n_columns)
    panel_inches = (figure.get_figheight() - legend_inches) / n_rows
    parts: Any = figure.subfigures(2, 1, height_ratios=(legend_inches, panel_inches * n_rows))
    strip, below = parts[0].subplots(), parts[1]
    strip.set_axis_off()
    grid = below.subplots(n_rows, n_columns, squeeze=False, sharex=share_x, sharey=share_y)
    for axes in list(grid.flat)[n_panels:]:
        axes.remove()
    return strip, list(grid.flat)[:n_panels]


def outer_labels(panels: Sequence[Axes], n_columns: int, across: str, upward: str) -> None:
    """A label below the lowest panel of each column, and one at the left for all rows together ("" for none)."""
    for axes in panels[-n_columns:]:
        axes.set_xlabel(filled(across, PANEL_WIDTH // n_columns - 4))
        axes.tick_params(labelbottom=True)
    if upward:
        rows: Any = panels[0].figure
        inches = LABEL_INCHES * -(-len(panels) // n_columns)
        size, ink = mpl.rcParams["axes.labelsize"], mpl.rcParams["axes.labelcolor"]
        rows.supylabel(filled(upward, int(PANEL_WIDTH * inches / WIDTH)), fontsize=size, color=ink)


def legend(axes: Axes, handles: Sequence[Any], n_columns: int = 9, **more: Any) -> None:
    """Entries in rows from the left, in a strip of their own; `more` goes to Matplotlib."""
    by_column = [one for column in range(n_columns) for one in handles[column::n_columns]]
    axes.legend(
        handles=by_column, loc="center left", bbox_to_anchor=(0, 0.5), ncols=n_columns, frameon=False, fontsize=8,
        columnspacing=1.5, borderpad=0, **more,
    )


def regime_legend(
    axes: Axes, names: Iterable[str], of: Mapping[str, Look], more: Iterable[Any] = (), lines: bool = True
) -> None:
    """Marker and (unless there are no lines) line of each regime, in rows across the figure; `more`: further handles."""
    short = short_names(names, 24, lines=1)
    handles: list[Any] = [
        Line2D(
            [], [], color=of[name].colour, linestyle=of[name].line if lines else "", marker=of[name].marker, markersize=5.5,
            label=text,
        )
        for name, text in short.items()
    ]
    legend(axes, [*handles, *more], LEGEND_COLUMNS, handlelength=3)


def legend_inches(n: int) -> float:
    """The height of a legend of so many entries."""
    return 0.1 + 0.17 * max(1, -(-n // LEGEND_COLUMNS))


def write(axes: Axes, x: float, y: float, text: str, ha: str = "left", size: float = 8.5, **more: Any) -> None:
    """Text in ink, centred on the height y if not told otherwise; `more` goes to Matplotlib."""
    axes.text(x, y, text, **{"ha": ha, "va": "center", "fontsize": size, "color": INK, **more})


def filled(text: str, width: int) -> str:
    """Broken into lines of at most so many characters."""
    return textwrap.fill(text, width)


def by_parts(text: str, width: int) -> str:
    """Broken into such lines after commas, and within what stands between them only where it is too long."""
    lines = [""]
    for part in text.split(", "):
        together = f"{lines[-1]}, {part}" if lines[-1] else part
        lines = [*lines[:-1], together] if len(together) < width else [*lines, part]
    return "\n".join(filled(line, width) for line in ",\n".join(line for line in lines if line).split("\n"))


def joined(text: str) -> str:
    """Lines as one, for where text wraps by itself."""
    return " ".join(text.split())


def note(axes: Axes, text: str) -> None:
    """A sentence instead of a plot."""
    axes.set_axis_off()
    write(axes, 0.5, 0.5, text, "center", size=9, transform=axes.transAxes, color=FAINT)


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions near those wanted, `gap` or more from each other, within low..high if there is room.

    Least squares: what remains after taking the gaps off must not decrease, which is isotonic regression.
    """
    if not len(wanted):
        return []
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    level = isotonic_regression(np.asarray(wanted, float)[order] - steps).x
    placed = np.empty(len(wanted))
    placed[order] = np.clip(level, low, max(low, high - steps[-1])) + steps
    return [float(position) for position in placed]


def line_height(figure: Figure, axes: Axes, points: float) -> float:
    """The height of a line of text of so many points, in units of the vertical axis as it is now laid out."""
    figure.draw_without_rendering()
    bottom, top = axes.get_ylim()
    return float(points * figure.dpi / 72 / axes.bbox.height * (top - bottom))


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write folder/name.png and folder/name.svg, the same bytes for the same figure. Returns both paths."""
    png, svg = folder / f"{name}.png", folder / f"{name}.svg"
    with style():
        _lay_out(figure)
        _save_with_palette(figure, png)
        about = {"Date": None, "Creator": "sellsim", "Title": figure.get_suptitle()}
        drawn, dpi = io.StringIO(), figure.dpi
        # Not `savefig`, which draws once more to find out about a layout that is fixed already.
        untyped: Any = FigureCanvasSVG(figure)
        untyped.print_svg(drawn, metadata=about)
        figure.dpi = dpi
        svg.write_text(re.sub(r"\n\s+", "\n", drawn.getvalue()), encoding="utf-8", newline="\n")
    return [png, svg]


def _save_with_palette(figure: Figure, path: Path) -> None:
    """As PNG with a palette: the colours are few, and the file is a third of the size.

    The palette covers all colours, unlike Pillow's usual median cut, which gives up that of a regime in one small mark only.
    """
    drawn: Any = FigureCanvasAgg(figure)  # untyped
    drawn.draw()
    picture = Image.fromarray(np.ascontiguousarray(np.asarray(drawn.buffer_rgba())[..., :3]))
    packed = picture.quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    packed.save(path, optimize=True, dpi=(float(mpl.rcParams["savefig.dpi"]),) * 2)


def _lay_out(figure: Figure) -> None:
    """Fix the places of all panels, rounded: the solver behind the layout varies in the last digits from run to run."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = axes.get_position(original=True).bounds
        axes.set_position((round(left, 6), round(bottom, 6), round(width, 6), round(height, 6)))
