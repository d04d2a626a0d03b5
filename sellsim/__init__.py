"""sellsim in Python: what one needs in a notebook or a script, under one name.

    import sellsim

    run = sellsim.simulate("blended", seed=7)                   # one firm, every event of it
    run.outcomes["won"]; run.cases; run.plot()
    table = sellsim.ensemble(["strict", "blended"], seeds=range(100))
    sellsim.paired_differences(table, "strict", ["won"])        # with n and 95 % interval
    results = sellsim.open_results("results/three_regimes")     # what `sellsim run` wrote
    results.answer; results.tables["summary"]; results.figure("differences")

The model itself is in `simulation`, what runs it in `experiments`; nothing is imported before it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from simulation import __version__

_HOMES = {
    "Customer": "simulation.agents",
    "Horizon": "simulation.parameters",
    "InputError": "simulation.faults",
    "MEASURES": "simulation.measures",
    "Manager": "simulation.agents",
    "Market": "simulation.parameters",
    "Organisation": "simulation.parameters",
    "PRESETS": "simulation.presets",
    "Regime": "simulation.parameters",
    "Rep": "simulation.agents",
    "Results": "sellsim.results",
    "Run": "sellsim.runs",
    "Scenario": "simulation.parameters",
    "SellingModel": "simulation.model",
    "ensemble": "simulation.run",
    "load_regime": "simulation.loading",
    "load_scenario": "simulation.loading",
    "open_results": "sellsim.results",
    "paired_differences": "sellsim.differences",
    "parameters": "simulation.parameters",
    "simulate": "sellsim.runs",
}
__all__ = [
    "MEASURES",
    "PRESETS",
    "Customer",
    "Horizon",
    "InputError",
    "Manager",
    "Market",
    "Organisation",
    "Regime",
    "Rep",
    "Results",
    "Run",
    "Scenario",
    "SellingModel",
    "__version__",
    "ensemble",
    "load_regime",
    "load_scenario",
    "open_results",
    "paired_differences",
    "parameters",
    "simulate",
]

if TYPE_CHECKING:
    from sellsim.differences import paired_differences
    from sellsim.results import Results, open_results
    from sellsim.runs import Run, simulate
    from simulation.agents import Customer, Manager, Rep
    from simulation.faults import InputError
    from simulation.loading import load_regime, load_scenario
    from simulation.measures import MEASURES
    from simulation.model import SellingModel
    from simulation.parameters import Horizon, Market, Organisation, Regime, Scenario, parameters
    from simulation.presets import PRESETS
    from simulation.run import ensemble


def __getattr__(name: str) -> Any:
    """Import on first use: Mesa, Numba and pandas take seconds."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sellsim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
