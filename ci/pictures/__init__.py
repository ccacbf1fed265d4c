"""Pictures of a deployment, drawn from its resolved templates."""
