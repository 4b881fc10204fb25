"""Long work: asked for on a page, done by the scheduler's process, with progress, cancel and a result file."""
