"""Labels of many images in one file: which image is whose, and objects that are boxes, outlines and classes."""
