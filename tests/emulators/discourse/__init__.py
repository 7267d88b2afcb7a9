"""A Discourse forum on this machine: a real HTTP server that answers from a made-up community.

    forum = make_forum(users=120, topics=90)             # the same every time
    with DiscourseEmulator(forum) as discourse:
        discourse.url, discourse.requests, discourse.came("/c/")
        discourse.faults.add("503", match="about")       # see tests.emulators.serving
        discourse.truth_of_category(5, days=30)          # what a complete reading must say
        discourse.old_names = True                       # figures as versions before 2024 call them
        discourse.hides_stats = True                     # about.stats is absent; /site/statistics.json redirects to /
        discourse.shares_statistics = True               # but /site/statistics.json answers
        discourse.directory = False                      # 403 invalid_access
        discourse.tagging = False                        # /tags.json is 404
        discourse.new_tags = True                        # ids are numbers, /tag/x.json moves to /tag/x/7.json
        discourse.needs_login = True                     # 403 not_logged_in without a key
        discourse.key = "k"                              # what Api-Key must be when it comes
        discourse.old_directory = True                   # no limit of pages, totals at the top level
        discourse.limit = RateLimit(rate=5, burst=50)    # 429 by the middleware, in plain text
        discourse.app_limit = RateLimit(rate=5)          # 429 by the application, in JSON

Shapes and faults are those of recorded answers and of Discourse's source. Without `.json` the answer is a web page.
As a process of its own: `python -m tests.emulators.discourse --port 8425 --users 300`.
"""

from __future__ import annotations

from tests.emulators.discourse.forum import Forum, Topic, User, make_forum
from tests.emulators.discourse.server import DiscourseEmulator
from tests.emulators.notion.limits import RateLimit

__all__ = ["DiscourseEmulator", "Forum", "RateLimit", "Topic", "User", "make_forum"]
