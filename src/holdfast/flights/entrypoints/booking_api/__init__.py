"""The booking process over HTTP: orders, payments, prices of now of holds, cancellations,
changes, services, webhooks; the audit, and what the price promise cost.

Each module declares its operations at its top and serves them by a class. Everything that writes
takes the call's `once` down to the store, which keeps the answer's bytes with the effect.
"""
