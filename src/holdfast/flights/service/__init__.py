"""Use cases of flights: one file, one transaction each; what they need of stores is in `ports`."""
