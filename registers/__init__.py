"""The data centre's records: one file a register, with its queries and invariants."""
