"""The only room that knows SpiffWorkflow: parse, run, freeze, move."""
