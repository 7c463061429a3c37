"""The law of grading's site: what the gateway serves before the results API, and in which form it
refuses. Nodes write to the same service by an inner port: nothing of theirs passes a gateway."""

import json

from holdfast.grading.wiring.listeners import RESULTS_HTTP
from holdfast.grading.wiring.settings import INNER_RESULTS_PORT
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.site import Refusal, Route, Site

MAX_BODY_BYTES = 16 << 20
"""The largest that the results API takes: a batch of a node, or a roster."""
ANSWER_S = 30.0
"""Longer than any answer of the results API may take."""


def sites(_: Effective) -> list[Site]:
    """The site of the results."""
    everything = Route("/", RESULTS_HTTP, max_body_bytes=MAX_BODY_BYTES, head_s=ANSWER_S)
    return [Site("results", (everything,), says, inner_port=INNER_RESULTS_PORT)]


def says(refused: Refusal) -> bytes:
    """A refusal of the gateway in the form of the API's errors."""
    fault = {"what": refused.what, "where": refused.where, "fix": refused.fix}
    return json.dumps({"error": fault}).encode() + b"\n"
