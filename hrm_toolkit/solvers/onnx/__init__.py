"""Segments as ONNX graphs, for machines that run a network without torch."""
