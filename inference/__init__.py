"""From the bytes of a picture to detections in its pixels."""
