"""What runs with --deep only: generated sequences and inputs, bounded, and the same for the same seed."""
