"""The service as a process, on real parts."""
