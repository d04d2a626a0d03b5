"""The compiled twin of the Mesa model: arrays and loops that call the same rules.

`arrays` what is stored · `queues` inboxes and the order of an hour · `firm`, `customers`, `reps`, `managers` one phase of
the tick each · `offers` what they share · `run` the loop. No expression about behaviour stands here; those are in
`simulation.rules`.
"""
