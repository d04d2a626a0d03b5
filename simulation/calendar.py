"""Business hours and what happens within one of them."""

from typing import Final

MINUTES_PER_HOUR: Final = 60
HOURS_PER_DAY: Final = 8
MINUTES_PER_DAY: Final = HOURS_PER_DAY * MINUTES_PER_HOUR
HOURS_PER_WEEK: Final = 40
HOURS_PER_YEAR: Final = 52 * HOURS_PER_WEEK
HOURS_PER_MONTH: Final = 173  # 52 weeks / 12, in business hours
CALENDAR_DAYS_PER_BUSINESS_HOUR: Final = 7.0 / HOURS_PER_WEEK

# What happens within one tick (one business hour), in this order. Engines, documentation and tests read it here.
TICK_ORDER: Final = ("market", "customers", "reps", "managers")
