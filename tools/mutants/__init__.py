"""Versions of the model with one mistake in each, and which test notices it."""
