"""YOLO's labels: the file that describes a data set, and the lines of a label file."""
