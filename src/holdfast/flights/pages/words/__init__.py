"""Words: every sentence of the pages in both languages, a module for each subject.

A module has `WORDS`: name -> (English, German). Names begin with the module's subject. A sentence
may have `{places}`; what is put there is escaped by the template like everything else. Where the
number matters there are two names, `....one` and `....many`, with the number as `{n}`. `Words` of
`catalogue` is what templates say them with.

Readers of German are Sie, never du (tests/support/german.py).

`frame`: what is on every page, and errors. `catalogue`: all of them together.
"""
