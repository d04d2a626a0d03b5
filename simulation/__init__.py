"""sellsim: an agent-based model of selling under a process hierarchy, clusters of peers, and blends of the two."""

__version__ = "0.1.0"
