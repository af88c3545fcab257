"""What the errors that programs are told mean."""
