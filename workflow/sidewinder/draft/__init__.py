"""A sheet of movies, filled in from what a folder or file holds, to be looked over by the user."""
