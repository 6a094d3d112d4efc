"""Speed as ratios measured in one run; see __main__."""
