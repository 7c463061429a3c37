"""Processes of grading: what runs, and on which doors.

`node` plays the server's side of the tests (TCP and UDP behind the balancer); `results_api` keeps
and shows results; `student` is the reference client. Each is a thin shell around `service`.
"""
