"""The WSGI application that granian serves: what extensions answer at once, then Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vault_site.settings.production")
django = get_wsgi_application()

from django.conf import settings  # noqa: E402  it needs Django to be set up

from domains.extensions import registry  # noqa: E402
from domains.extensions.front import begin, in_front  # noqa: E402

begin(registry.fronts())
application = in_front(django, registry.fronts(), secure=settings.SECURE_SSL_REDIRECT)
