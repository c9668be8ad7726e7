import sys

import numpy as np

from acme_broken.unprintable import Unprintable
from tamis import Issue, Ratings, hookimpl


def raises(evidence):
    raise RuntimeError("the inspector is on leave")


def unprintable(evidence):
    raise Unprintable


def exits(evidence):
    print("Please buy more inspectors!")
    sys.exit("out of inspectors")


def wrong_type(evidence):
    return [1.0]


def wrong_rows(evidence):
    return Ratings(np.zeros(1))


@hookimpl
def tamis_issues():
    yield Issue("acme_issue_raises", rate=raises, above=0)
    yield Issue("acme_issue_unprintable", rate=unprintable, above=0)
    yield Issue("acme_issue_exits", rate=exits, above=0)
    yield Issue("acme_issue_type", rate=wrong_type, above=0)
    yield Issue("acme_issue_rows", rate=wrong_rows, above=0)
