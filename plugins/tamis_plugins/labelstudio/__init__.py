"""Label Studio: regions on images, and the labeling configuration that they refer to."""
