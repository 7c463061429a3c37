"""The domain of grading, PURE: what a test is, how it is played, judged, written down and counted.

`scenario` is the vocabulary authors use and `engine` plays it; `scenarios/` holds one file for each
graded check and `reference/` a right client for it; `transcript` and `replay` make an attempt
repeatable; `roster`, `lease`, `attempt`, `verdict` and `standings` are the nouns; `rules` the
course's numbers; `deadlines`, `causes` and `scoreboard` count across a class.
"""
