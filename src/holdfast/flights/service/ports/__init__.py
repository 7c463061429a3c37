"""What the use cases need of the world, a small protocol for each subject."""
