"""What a run writes of itself: metrics, manifest, page, trackers."""
