"""The cache room: answers kept in the process, bounded in number and in age.

`aging` (PURE) decides from stamps and clocks whether an answer may still be given; `cache` keeps
the answers, loads each once however many ask, and asks `aging`. Seats, money and grades never come
from a cache.
"""
