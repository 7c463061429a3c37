"""The platform both applications stand on. It knows neither of them.

runtime (clock, config, logs, supervisor) < data | membership < balancer < (later) gateway.
"""
