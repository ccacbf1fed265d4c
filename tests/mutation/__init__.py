"""What other gates see of the faults that `verify` is tested with: `make mutation` writes docs/mutation.md."""
