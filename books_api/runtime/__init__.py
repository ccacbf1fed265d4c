"""How the service meets the platform: database, health, limits, links, logs, errors."""
