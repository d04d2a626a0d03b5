"""The compiled twin of the Mesa model: who acts when, over arrays. What happens to a case is `simulation.case`, for both.

`arrays` what is stored · `queues` inboxes and the order of an hour · `firm`, `customers`, `reps`, `managers` one phase of
the tick each · `peers` the cluster · `run` the loop · `ensemble` many runs in one call.
"""
