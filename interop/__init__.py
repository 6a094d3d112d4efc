"""Servers that nobody here wrote, run as targets: see interop/README.md."""
