"""Telemetry: what a running process tells of itself to whoever operates it, on a port of its own.

Each process keeps plain numbers where they arise; a *source* writes them on a `metrics.Page` when
somebody asks. `figures` are those that every process has, `requests` those of HTTP servers,
`lateness` measures the event loop, `process_facts` asks the system. `readiness` says whether new
work is welcome. `routes` answers `/metrics`, `/health/live` and `/health/ready`; `port` serves that
in an event loop, `thread_port` in a process without one; `targets` are the files by which scrapers
and `holdfast doctor` find all these ports. `small_http` is the protocol of such ports.
docs/reference/metrics.md has the names.
"""
