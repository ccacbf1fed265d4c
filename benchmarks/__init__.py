"""What is claimed to be fast, measured side by side with what it is compared to."""
