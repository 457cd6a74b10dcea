"""Papers: templates that lawyers keep, filled in a limited child process, converted to PDF/A by LibreOffice."""
