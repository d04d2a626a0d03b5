"""The two engines compared: on random scenarios, and phase by phase to the first field that differs."""
