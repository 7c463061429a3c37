"""The HTTP ground of flights: what every endpoint stands on, and none of them.

Flow of a request (`asked`): `routing` finds its `operation` -> `access` says who calls
(`signed_tokens`, `oauth` mints them) -> `limits` whether not too often -> `negotiation` which
version and format -> `parameters` and `bodies` what is asked, checked once -> `answering` asks the
handler, with `idempotency` around what writes -> `envelopes` make the bytes, `faults` those of
errors. `app` puts it together, `openapi` describes it, `health` tells balancers of it, `forwarding`
sends on what other processes serve. `cursors` say where a page goes on.
"""
