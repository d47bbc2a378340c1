"""What must hold of a deployment: each `check` reports in sentences what does not."""
