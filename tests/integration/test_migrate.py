# SPDX-License-Identifier: ISC
"""doc/migrate-from-native-ssl.md, its commands run as they stand there."""

import os
import re
import shutil
import subprocess

import psycopg
import pytest

from conftest import Starter
from instance import SETTINGS
from programs import POSTGRES, PREFIX, SOURCE

PAGE = SOURCE / "doc" / "migrate-from-native-ssl.md"
BLOCKS = dict(re.findall(r"^<!-- run: ([a-z-]+) -->\n```\n(.*?)^```$",
                         PAGE.read_text(), re.M | re.S))
RULES = """local all all scram-sha-256
hostssl all all 127.0.0.1/32 scram-sha-256
hostnossl all all 127.0.0.1/32 reject
"""
BEFORE = ("copy", "settings", "keyd", "rules", "check",
          "leave-the-port")
SEEN = ("SELECT ssl, inet_server_port() FROM pg_stat_ssl "
        "WHERE pid = pg_backend_pid()")


class Site:
    """A server with ssl = on, whose administrator reads the page."""

    def __init__(self, server, data, pair):
        self.server = server
        self.data = data
        self.used = []
        for name, path in (("server.key", pair.key), ("server.crt", pair.crt)):
            server.install(name, path)
        server.psql("ALTER SYSTEM RESET listen_addresses")
        with open(server.data / "postgresql.conf", "a",
                  encoding="utf-8") as conf:
            conf.write("listen_addresses = '127.0.0.1'\nssl = on\n")
        server.set_rules(RULES)
        self.restart()

    def restart(self):
        """As service(8) would."""
        self.server.stop()
        self.server.start()

    def run(self, *names):
        """Runs blocks of the page, as root."""
        for name in names:
            self.used.append(name)
            path = self.data.parent / f"{self.data.name}.said"
            with open(path, "w", encoding="utf-8") as said:
                status = subprocess.run(
                    ["/bin/sh", "-ec", BLOCKS[name]],
                    stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                    timeout=60, check=False, env=dict(
                        os.environ, PGDATA=str(self.server.data),
                        POSTERN=str(self.data),
                        PGHOST=str(self.server.socket_directory),
                        PGPORT=str(self.server.port),
                        PGUSER=self.server.user, PGDATABASE="postgres",
                        PGPASSWORD=self.server.password,
                        PATH=f"{PREFIX / 'sbin'}:{POSTGRES}:/usr/sbin:"
                        "/usr/bin:/sbin:/bin")).returncode
            assert status == 0, f"{name}: {path.read_text()}"
            if name == "settings":
                self._add_settings()

    def _add_settings(self):
        """What a test's instance has besides: users without a name."""
        with open(self.data / "postern.conf", "a", encoding="utf-8") as conf:
            for name, value in {**SETTINGS, "run_directory":
                                self.data / "run",
                                "log_filename": "log"}.items():
                if name != "listen_addresses":
                    conf.write(f"{name} = '{value}'\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="the page is for root")
def test_there_and_back(own_backend, new_path, certificates):
    site = Site(own_backend, new_path("d"), certificates.pair("p256"))
    client = (f"host=127.0.0.1 port={own_backend.port} "
              f"user={own_backend.user} password={own_backend.password} "
              f"dbname={own_backend.database} sslmode=verify-full "
              f"sslrootcert={certificates.ca}")

    def seen():
        with psycopg.connect(client) as conn:
            assert conn.pgconn.ssl_in_use
            return conn.execute(SEEN).fetchone()
    assert seen() == (True, own_backend.port)

    site.run(*BEFORE)
    assert seen() == (True, own_backend.port)
    site.restart()
    starter = Starter(None, own_backend, certificates.ca)
    gate = starter.adopt(site.data)
    try:
        site.run("listener")
        # the same line of the client's, and it is the gate that answers
        assert seen() == (False, None)
        site.run("remove-the-key")
        assert not (own_backend.data / "server.key").exists()
        site.restart()
        assert seen() == (False, None)
        with pytest.raises(psycopg.OperationalError, match="no encryption"):
            psycopg.connect(client.replace("verify-full", "disable"))

        site.run("stop")
        assert (gate.keyd_pid, gate.listener_pid) == (None, None)
        site.run("back")
        site.restart()
        assert seen() == (True, own_backend.port)
    finally:
        starter.end_all()
        shutil.rmtree(site.data)
    assert set(site.used) == BLOCKS.keys()
