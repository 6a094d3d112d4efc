"""Deliberate departures from the rules: mutants (each must be caught) and legal variations (none may be)."""
