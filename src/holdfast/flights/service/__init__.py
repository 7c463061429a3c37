"""Use cases of flights: one file each, one transaction each; what they need of a store is in `ports`."""
