"""Waiting for the chainer: it holds back what an open transaction anywhere on the server might still precede."""

import time

import psycopg

from kernel import audit


def link_all(node, seconds=60):
    """Links until no committed row of the audit trail is unlinked; returns how many were."""
    done, until = 0, time.monotonic() + seconds
    with psycopg.connect(node.db.owner, autocommit=True) as connection:
        while True:
            done += audit.link(node)
            left = connection.execute("select (select count(*) from audit_entry) - (select count(*) from audit_link)")
            if left.fetchone()[0] == 0:
                return done
            assert time.monotonic() < until, "rows stay unlinked"
            time.sleep(0.02)
