"""How fast the pipeline is, beside a bare copy and a plain pandas script doing the same work."""
