"""What all tests share: hypothesis draws the same examples in every run and keeps no record of them."""

from hypothesis import settings

settings.register_profile("same-every-time", derandomize=True, database=None, deadline=None)
settings.load_profile("same-every-time")
