"""The desk itself: what it is called, in which mode it runs, what makes it unsafe, how it is saved."""
