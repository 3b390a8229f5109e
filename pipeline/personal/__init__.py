"""Personal data where it must not be: told by its form, never by what it says, and never shown."""
