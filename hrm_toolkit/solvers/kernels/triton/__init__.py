"""Kernels in Triton for CUDA, loaded on first use; its interpreter runs them on a CPU."""
