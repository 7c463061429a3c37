from holdfast.platform.gateway.request_log import MAX_PATH_CHARS, Ended


def test_a_line_tells_how_a_request_went() -> None:
    ended = Ended(1.0, "id", "GET", "/x" * 500, 200, "192.0.2.7", "", 0.12345, 9)
    assert ended.kind == "request"
    assert ended.values() == {
        "request": "id",
        "method": "GET",
        "path": ("/x" * 500)[:MAX_PATH_CHARS],
        "status": 200,
        "client": "192.0.2.7",
        "member": "none",
        "lasted_s": 0.1235,
        "body_bytes": 9,
    }
    named = Ended(1.0, "id", "GET", "/x", 200, "192.0.2.7", "m0", 0.1, 0, "0123456789abcdef" * 2)
    assert named.values()["trace"] == "0123456789abcdef" * 2
