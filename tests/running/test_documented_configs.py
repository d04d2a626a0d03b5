"""Every config that docs/experiments.md shows runs through to its report, made small."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from typer.testing import CliRunner

from experiments import cli

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
EXAMPLES = [tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)]
CONTRASTS = tomllib.loads(re.findall(r"`(contrasts = .*?)`", TEXT)[0])
BARE: dict[str, Any] = {"question": "?", "outcomes": ["won"], "regimes": {"strict": {}, "cluster": {}, "blended": {}}}
SMALL = {
    "organisation": {"reps": 12, "span": 6.0}, "horizon": {"warmup_weeks": 1, "window_weeks": 4, "horizon_weeks": 12},
}


def shrunk(config: dict[str, Any]) -> dict[str, Any]:
    """The same with a small firm, two runs, and little of what costs time."""
    config = config | {"scenario": SMALL, "replications": {"count": 2}}
    config.setdefault("regimes", {"strict": {}, "blended": {}})
    if "precision" in config:
        config["precision"] = config["precision"] | {"step": 1, "most": 3}
    if "design" in config:
        parts = [config["design"], *config["design"].get("parts", [])]
        for part in parts:
            part.update({"samples": 4} if "samples" in part else {})
    return config


@pytest.mark.parametrize("config", [*EXAMPLES, BARE | CONTRASTS], ids=lambda config: config["question"][:40])
def test_a_documented_config_runs_through_to_its_report(config: dict[str, Any], tmp_path: Path) -> None:
    path, folder = tmp_path / "mine.toml", tmp_path / "results"
    path.write_text(tomli_w.dumps(shrunk(config)), encoding="utf-8")
    done = CliRunner().invoke(cli.app, ["run", str(path), "--results", str(folder)])
    assert done.exit_code == 0, done.output
    assert (folder / "report.html").exists()
    if "contrasts" in config:
        assert "blended − cluster" in done.output
        assert "undefined" not in done.output
