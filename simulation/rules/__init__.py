"""All behaviour of the model: small pure functions that both engines call.

`timing` how long things take and when people work · `market` customers, needs, standards · `issues` sets of issues · `belief`
readings and what follows from them · `path` process or cluster · `sign_off` who has a say · `offer` what is offered and what
becomes of it · `people` willingness, memory, peers, playbook.

A set of issues (a need, an offer, a template, somebody's expertise) is an integer used as a bit mask: bit k is issue k.
"""
