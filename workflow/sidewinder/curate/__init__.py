"""Takes back what users have corrected in other programs, as a list of edits."""
