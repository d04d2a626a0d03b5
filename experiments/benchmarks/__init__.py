"""Speed and memory: of the engines, of whole sweeps and commands, of the lab. `python -m experiments.benchmarks`."""
