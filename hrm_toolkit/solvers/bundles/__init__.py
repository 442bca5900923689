"""What users load and share: bundles, their cards, and the hub."""
