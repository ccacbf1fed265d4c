"""The layers, a module each: one nested stack, or a stack of its own. No layer imports another."""
