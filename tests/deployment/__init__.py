"""What is rendered is deployed with the real AWS CLI, to an endpoint on loopback."""
