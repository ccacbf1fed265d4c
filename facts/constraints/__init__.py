"""What AWS refuses, interrupts, loses or leaves behind when what is deployed changes: rows of plain literals, each with its source.

`unique` is what can exist once, `values` which steps of a value are possible, `effects` what restarts although it stays in place,
`deletion` what blocks a deletion and what goes with it, `holders` what only one can hold. They speak of resource types, never of the
resources of these templates; `ci/changes/` applies them.
"""
