"""The runtime room: what every process needs, from its declaration to an orderly end.

`app` declares apps; `config` and `setting` make checked settings of flags, environment and file,
`settings` are those of the whole fleet; `lifecycle` starts and ends one process, `supervisor` keeps
many (`announce` are their two pipes, `printer` their log lines; `birth` executes one, `nursery` has
it forked by `nursery_process`, with the words of `nursery_wire` and the looks of `proc_face`);
`folder` and `secrets` guard the data folder and its keys; `alternatives` are several addresses of
one service; `logs`, `metrics` and `clock` are what their names say.
"""
