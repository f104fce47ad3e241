"""The one exception that is meant for the user's eyes."""


class UserError(Exception):
    """Something the user can put right, said in one line.

    The message names the file and the frame, says what was expected and what to do. Jobs print it in place of a
    traceback, with the movie's name in front.
    """
