"""What a run found, as data and as documents for people and machines."""
