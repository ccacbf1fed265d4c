"""The verbs that deploy, watch and delete, at an endpoint on loopback."""
