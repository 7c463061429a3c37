"""Who somebody is, and what they may do: people and programs, for both applications.

Flow: `signing_in` turns a password, a one-time link or a university's word (`university`) into a
session; `passport` turns the cookie or bearer token of a request into a `Principal`; `roles` says
what a principal may do; `audit` is written for what changes who may do what. `ports` is the store's
door (`postgres`, `memory`), `tables` its schema `people`, `statements` its SQL, `site` the
addresses for browsers and `commands` the ones for operators. Secrets are random, shown once and
kept as hashes (`secrets`, `passwords`); guessing gets slower with every try (`brake`).
"""
