"""The web room: what every HTTP process of Holdfast stands on, whichever application it serves.

Flow: `serving` listens, runs uvicorn and stops it in order -> `connection` bounds each connection
and learns who stands behind a balancer -> `bodies` reads what comes in, bounded in size and time.
`rendered` gives many readers what was made once, `whole_answers` is for who has all of an answer at
once, `nearest` for clients of a service that has several addresses, and `trust` says whom they
believe.
"""
