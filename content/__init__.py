"""What is read from the content folders: load, overlay, releases, elements, codes, calendars."""
