"""Right clients for all graded tests, in the language of the tests themselves.

`clients` has one for each test; `habits` is how right clients differ; `greeting`, `echoing`,
`leasing`, `reconciling` and `sorting` are what they do; `stream` reads their incoming bytes. The
command `holdfast student` drives them on real sockets, the tests drive them on a virtual clock, and
broken variants of them show that the graded checks find mistakes and name them.
"""
