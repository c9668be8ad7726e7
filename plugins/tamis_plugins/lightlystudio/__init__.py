"""What tamis has to say to LightlyStudio."""
