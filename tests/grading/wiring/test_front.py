import json

from holdfast.grading.entrypoints.results_api.internal import MAX_BATCH_BYTES
from holdfast.grading.service.import_roster import MAX_ROSTER_BYTES
from holdfast.grading.wiring.front import MAX_BODY_BYTES, says, sites
from holdfast.grading.wiring.listeners import RESULTS_HTTP
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.site import Refusal


def test_everything_leads_to_the_results_api_and_nodes_have_an_inner_port() -> None:
    (site,) = sites(Effective.load({}))
    assert (site.listener, site.inner_port) == ("results", 8001)
    assert [(one.prefix, one.service) for one in site.routes] == [("/", RESULTS_HTTP)]


def test_the_gateway_refuses_no_body_that_the_api_takes() -> None:
    assert max(MAX_BATCH_BYTES, MAX_ROSTER_BYTES) <= MAX_BODY_BYTES


def test_a_refusal_has_the_form_of_the_apis_errors() -> None:
    told = json.loads(says(Refusal(503, "t", "what", "fix", "GET /<x>", "id")))
    assert told == {"error": {"what": "what", "where": "GET /<x>", "fix": "fix"}}
