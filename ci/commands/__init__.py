"""The verbs of `python -m ci`, one a module: parse the arguments, call, print. No verb imports another."""
