"""What is made from code and committed: lists of permissions, tables and pages. Each module says what it makes; `make golden` runs all."""
