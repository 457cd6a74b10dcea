"""The engine: carries a case from stop to stop. Outsiders say `import engine`."""
