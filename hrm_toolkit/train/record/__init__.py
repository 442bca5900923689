"""What a run writes of itself: checkpoints, bundles, metrics, manifest, page, trackers."""
