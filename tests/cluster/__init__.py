"""Real clusters of three, under a load of acknowledged writes, while things break."""
