"""The lab as one file that works without a network."""
