"""An environment as it stands in an account: its stacks, its service and what happened to them."""
