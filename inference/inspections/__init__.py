"""The inspections that Xunjian knows: one file each, the same contract."""
