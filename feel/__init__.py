"""FEEL, the one expression language: parse, check, compile, evaluate. Imports nothing of ours."""
