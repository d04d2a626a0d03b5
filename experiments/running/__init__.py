"""From an experiment to its results folder: what it would take, the runs that are missing, and who makes them."""
