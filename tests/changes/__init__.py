"""Changes that adopters make, each with faults of its own: they apply without an edit under ci/, and every fault is found."""
