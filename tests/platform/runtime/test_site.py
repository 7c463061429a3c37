from holdfast.platform.runtime.site import Refusal, Route, Site


def test_a_route_has_bounds_unless_it_says_otherwise() -> None:
    route = Route("/", "things")
    assert (route.max_body_bytes, route.head_s, route.keyed) == (1 << 20, 30.0, False)


def test_a_site_says_refusals_in_its_own_form() -> None:
    site = Site("results", (Route("/", "things"),), lambda refused: refused.what.encode())
    assert site.says(Refusal(503, "t", "nobody", "f", "GET /", "id")) == b"nobody"
    assert site.inner_port == 0
