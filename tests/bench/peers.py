# SPDX-License-Identifier: ISC
"""peers: what Postern is measured beside, each from Debian's package, each
set up for this one service: no session cache, no tickets, one process."""

import collections
import pathlib
import resource
import shutil
import signal
import socket
import subprocess

import processes

OWNER = "postgres"    # for what refuses to run as root
# Descriptors, as many as may be; and the clients for which they suffice in a
# process that has two for each.
FILES = min(40_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
CLIENTS = min(12_000, (FILES - 500) // 2)

# How to reach a gate: tls is one of bench-load's words.
Gate = collections.namedtuple("Gate", "host port tls")


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Peer:
    """A program with its configuration, in front of a server's socket."""

    name = None
    program = None
    direct = True         # TLS at once
    on_request = False    # TLS by SSLRequest
    plain = True
    counted = {}          # what it needs to run under valgrind

    def __init__(self, directory, pair, behind, wrapper=()):
        self.directory = pathlib.Path(directory)
        self.wrapper = wrapper    # what it is run by
        self.directory.mkdir(mode=0o755)
        self.pair = pair
        self.behind = behind
        self.socket = pathlib.Path(behind.socket_directory) / \
            f".s.PGSQL.{behind.port}"
        self.ports = {name: processes.free_port()
                      for name in ("direct", "request", "plain")}
        self.both = self.directory / "both.pem"
        self.both.write_text(pair.key.read_text() + pair.crt.read_text())
        self._process = None

    @classmethod
    def is_there(cls):
        """Is its package installed?"""
        return shutil.which(cls.program) is not None

    def configure(self):
        """Writes the files; returns the command line."""
        raise NotImplementedError

    def start(self):
        """Returns when it listens."""
        command = self.configure()
        shutil.chown(self.directory, OWNER)
        for path in self.directory.iterdir():
            shutil.chown(path, OWNER)
        with open(self.directory / "log", "wb") as log:
            self._process = subprocess.Popen(
                ["prlimit", f"--nofile={FILES}:{FILES}", *self.wrapper,
                 *command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for port in self.gates().values():
            processes.wait_until(lambda port=port: self._is_up(port.port), 60,
                                 f"{self.name} on port {port.port}")
        return self

    def _is_up(self, port):
        if self._process.poll() is not None:
            raise AssertionError(f"{self.name} ended:\n" + (
                self.directory / "log").read_text(errors="replace"))
        return _listens(port)

    def gates(self):
        """Where its services are, by kind."""
        kinds = (("direct", self.direct, "direct"),
                 ("request", self.on_request, "request"),
                 ("plain", self.plain, "plain"))
        return {kind: Gate("127.0.0.1", self.ports[kind], tls)
                for kind, has, tls in kinds if has}

    def gate(self, *kinds):
        """The first of the kinds that it has, or None."""
        gates = self.gates()
        return next((gates[kind] for kind in kinds if kind in gates), None)

    def roots(self):
        """Pids from which all its processes descend."""
        return [self._process.pid]

    def stop(self):
        """Ends it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


class Native(Peer):
    """PostgreSQL's own SSL: the server itself."""

    name = "PostgreSQL"
    direct = False
    on_request = True

    @classmethod
    def is_there(cls):
        return True

    def start(self):
        self.behind.install("server.crt", self.pair.crt)
        self.behind.install("server.key", self.pair.key)
        self.behind.set(ssl="on")
        self.ports["request"] = self.ports["plain"] = self.behind.port
        return self

    def configure(self):
        return []

    def roots(self):
        return [self.behind.pid_of_postmaster]

    def stop(self):
        pass


class PgBouncer(Peer):
    """Session pooling: a session has its server as with the others."""

    name = "PgBouncer"
    program = "pgbouncer"
    direct = False
    on_request = True

    def configure(self):
        self.ports["plain"] = self.ports["request"]
        (self.directory / "users").write_text('"bench" ""\n')
        key = self.directory / "server.key"
        shutil.copyfile(self.pair.key, key)
        key.chmod(0o600)
        path = self.directory / "pgbouncer.ini"
        path.write_text(f"""[databases]
* = host={self.behind.socket_directory} port={self.behind.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.ports["request"]}
listen_backlog = 4096
unix_socket_dir =
auth_type = trust
auth_file = {self.directory / "users"}
pool_mode = session
max_client_conn = {CLIENTS}
default_pool_size = 400
client_tls_sslmode = allow
client_tls_cert_file = {self.pair.crt}
client_tls_key_file = {key}
log_connections = 0
log_disconnections = 0
server_reset_query =
logfile = {self.directory / "pgbouncer.log"}
""")
        return ["setpriv", "--reuid", OWNER, "--regid", OWNER,
                "--clear-groups", "/usr/sbin/pgbouncer", path]

    @classmethod
    def is_there(cls):
        return pathlib.Path("/usr/sbin/pgbouncer").exists()


class Stunnel(Peer):
    """stunnel, which knows SSLRequest."""

    name = "stunnel"
    program = "stunnel4"
    on_request = True
    plain = False

    def configure(self):
        path = self.directory / "stunnel.conf"
        services = "".join(f"""[{kind}]
accept = 127.0.0.1:{self.ports[kind]}
connect = {self.socket}
cert = {self.both}
sessionResume = no
{protocol}
""" for kind, protocol in (("direct", ""), ("request", "protocol = pgsql")))
        path.write_text("foreground = yes\npid =\nsyslog = no\n"
                        f"debug = 3\n{services}")
        return [self.program, path]


class HAProxy(Peer):
    """HAProxy, one thread."""

    name = "HAProxy"
    program = "haproxy"

    def configure(self):
        path = self.directory / "haproxy.cfg"
        path.write_text(f"""global
  maxconn {CLIENTS}
  nbthread 1
  tune.ssl.cachesize 0
  ssl-default-bind-options no-tls-tickets
defaults
  mode tcp
  timeout connect 10s
  timeout client 1h
  timeout server 1h
  backlog 4096
frontend tls
  bind 127.0.0.1:{self.ports["direct"]} ssl crt {self.both}
  default_backend server
frontend plain
  bind 127.0.0.1:{self.ports["plain"]}
  default_backend server
backend server
  server s unix@{self.socket}
""")
        return [self.program, "-db", "-f", path]


class Nginx(Peer):
    """nginx's stream module, one worker."""

    name = "nginx"
    program = "nginx"

    @classmethod
    def is_there(cls):
        return pathlib.Path("/usr/sbin/nginx").exists()

    def configure(self):
        path = self.directory / "nginx.conf"
        path.write_text(f"""
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
user root;
worker_processes 1;
worker_rlimit_nofile {FILES};
error_log {self.directory / "error.log"};
pid {self.directory / "pid"};
events {{ worker_connections {2 * CLIENTS}; }}
stream {{
  proxy_timeout 1h;
  server {{
    listen 127.0.0.1:{self.ports["direct"]} ssl backlog=4096;
    ssl_certificate {self.both};
    ssl_certificate_key {self.both};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache off;
    ssl_session_tickets off;
    ssl_handshake_timeout 1h;
    proxy_pass unix:{self.socket};
  }}
  server {{
    listen 127.0.0.1:{self.ports["plain"]} backlog=4096;
    proxy_pass unix:{self.socket};
  }}
}}
""")
        return ["/usr/sbin/nginx", "-c", path]


class Hitch(Peer):
    """hitch, one worker."""

    name = "hitch"
    program = "hitch"
    plain = False

    def configure(self):
        path = self.directory / "hitch.conf"
        path.write_text(f"""frontend = {{
  host = "127.0.0.1"
  port = "{self.ports["direct"]}"
}}
backend = "{self.socket}"
pem-file = "{self.both}"
workers = 1
backlog = 4096
daemon = off
user = "{OWNER}"
tls-protos = TLSv1.2 TLSv1.3
""")
        return [self.program, f"--config={path}"]


PEERS = [Native, PgBouncer, Stunnel, HAProxy, Nginx, Hitch]
IN_PROCESS = ("HAProxy", "nginx", "hitch")
