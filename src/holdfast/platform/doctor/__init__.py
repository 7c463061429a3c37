"""The doctor: checks what Holdfast needs of its machine, before it runs and while it does.

`facts` are what can be known, `probes`, `ports` and `secret_files` find them out (the database's
are in `platform.data.checkup`), `judgement` says what they mean, `findings` how that is told, and
`command` is `holdfast doctor`. Nothing is changed but one empty file that is written and removed.
docs/reference/doctor.md has the checks.
"""
