"""The shell as a Django application: template tags, and the registration of every page."""

from django.apps import AppConfig


class ShellConfig(AppConfig):
    """The frame around every staff page."""

    name = "dashboards.shell"
    label = "shell"

    def ready(self) -> None:
        """Register what the navigation and the palette show."""
        from dashboards.register import register_pages
        from dashboards.shell import pages

        register_pages()
        pages.register()
