"""Pages in a browser that may say nothing and ask for nothing."""

from polling import PATIENCE_S

# what is in the page's own file, or was made by it
OWN = ("file:", "data:", "blob:", "about:")


class Watched:
    """Windows of a browser, all of one test.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
        Where they are opened.

    Attributes
    ----------
    complaints : list of str
        Errors and warnings on the console, errors that nobody caught, and what was asked of the network, which is
        refused.
    """

    def __init__(self, browser) -> None:
        self.browser = browser
        self.complaints = []
        self._contexts = []

    def page(self, **options):
        """A Page in a window of its own; `options` are those of playwright's `Browser.new_context`."""
        # tests look into pages by scripts that a page's own policy would refuse
        context = self.browser.new_context(**{"bypass_csp": True, **options})
        self._contexts.append(context)
        context.set_default_timeout(1000 * PATIENCE_S)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.complaints.append(f"not caught: {error.error}"))
        context.on("page", lambda page: page.on("crash", lambda _: self.complaints.append("the page crashed")))
        context.route(lambda url: not url.startswith(OWN), self._refuse)
        context.route_web_socket(lambda _: True, self._refuse_socket)
        return context.new_page()

    def close(self) -> None:
        """Close all windows."""
        for context in self._contexts:
            context.close()

    def _on_console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _refuse(self, route) -> None:
        self.complaints.append(f"asked for {route.request.url}")
        route.abort()

    def _refuse_socket(self, socket) -> None:
        self.complaints.append(f"asked for {socket.url}")
        socket.close()
