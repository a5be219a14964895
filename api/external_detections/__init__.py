"""External detections: what a device says of its own pictures, beside what our models say."""
