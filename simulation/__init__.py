"""sellsim: an agent-based model of selling under a process hierarchy, clusters of peers, and blends of the two.

    from simulation import PRESETS, Scenario, ensemble, simulate
    simulate(Scenario(), PRESETS["blended"], seed=7).outcomes
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Market": "parameters",
    "Organisation": "parameters",
    "Horizon": "parameters",
    "Scenario": "parameters",
    "Regime": "parameters",
    "PRESETS": "presets",
    "load_scenario": "loading",
    "load_regime": "loading",
    "simulate": "run",
    "ensemble": "run",
    "Run": "run",
    "MEASURES": "measures",
    "SellingModel": "model",
    "Customer": "agents",
    "Rep": "agents",
    "Manager": "agents",
}
__all__ = [
    "MEASURES",
    "PRESETS",
    "Customer",
    "Horizon",
    "Manager",
    "Market",
    "Organisation",
    "Regime",
    "Rep",
    "Run",
    "Scenario",
    "SellingModel",
    "__version__",
    "ensemble",
    "load_regime",
    "load_scenario",
    "simulate",
]

if TYPE_CHECKING:
    from simulation.agents import Customer, Manager, Rep
    from simulation.loading import load_regime, load_scenario
    from simulation.measures import MEASURES
    from simulation.model import SellingModel
    from simulation.parameters import Horizon, Market, Organisation, Regime, Scenario
    from simulation.presets import PRESETS
    from simulation.run import Run, ensemble, simulate


def __getattr__(name: str) -> Any:
    """Import on first use: Mesa, Numba and pandas take seconds that `sellsim --help` need not wait for."""
    if name in _HOMES:
        return getattr(import_module(f"simulation.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'simulation' has no attribute {name!r}")
