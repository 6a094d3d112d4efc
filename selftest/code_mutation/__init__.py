"""Mutates the source of the reference's rules, one token at a time, and has the conformance suite find out."""
