"""All behaviour of the model: small pure functions that both engines call.

`timing` how long things take · `market` customers, needs, standards · `belief` readings and what follows from them ·
`path` who handles an offer · `offer` what is offered and what becomes of it · `people` willingness, memory, peers, playbook.

A set of issues (a need, an offer, a template, somebody's expertise) is an integer used as a bit mask: bit k is issue k.
"""
