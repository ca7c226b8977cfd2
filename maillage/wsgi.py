"""What a WSGI server runs.

Nothing is started here: a thread that holds a lock while the server forks would
leave that lock taken for ever in every process. ``serve`` warms up before it forks.
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillage.settings")
application = get_wsgi_application()
