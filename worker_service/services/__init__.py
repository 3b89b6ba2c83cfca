"""The pipeline's steps: functions over plain values."""
