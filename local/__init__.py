"""An AWS region on this machine: for `make demo`, and for the tests alike. Neither templates/ nor ci/ knows it."""
