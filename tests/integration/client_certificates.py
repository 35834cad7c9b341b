# SPDX-License-Identifier: ISC
"""client_certificates: authorities, clients' certificates good and bad, and
revocation lists, made by openssl(1)."""

from certificates import KINDS, openssl

EXTENSIONS = {
    "ca": "basicConstraints=critical,CA:TRUE\n"
          "keyUsage=critical,keyCertSign,cRLSign\n",
    "client": "basicConstraints=CA:FALSE\n"
              "subjectAltName=DNS:client.example,email:tester@example.com\n",
}


class Authority:
    """A CA of its own that openssl ca(1) works for."""

    def __init__(self, directory, name, signed_by=None):
        self.directory = directory / name
        self.directory.mkdir()
        self.name = name
        self.crt = self.directory / "ca.crt"
        self.key = self.directory / "ca.key"
        self.config = self.directory / "ca.cnf"
        (self.directory / "index").touch()
        (self.directory / "index.attr").write_text("unique_subject = no\n")
        (self.directory / "serial").write_text("1000\n")
        (self.directory / "crlnumber").write_text("01\n")
        self.config.write_text(
            "[ca]\ndefault_ca = one\n[one]\npolicy = any\n"
            f"new_certs_dir = {self.directory}\n"
            f"database = {self.directory}/index\n"
            f"serial = {self.directory}/serial\n"
            f"crlnumber = {self.directory}/crlnumber\n"
            f"certificate = {self.crt}\nprivate_key = {self.key}\n"
            "default_md = sha256\ndefault_days = 30\n"
            "default_crl_days = 30\n"
            "[any]\ncommonName = optional\norganizationName = optional\n"
            f"[x_ca]\n{EXTENSIONS['ca']}[x_client]\n{EXTENSIONS['client']}")
        openssl("genpkey", *KINDS["p256"], "-out", self.key)
        request = self.directory / "ca.csr"
        openssl("req", "-new", "-key", self.key, "-subj", f"/CN={name}",
                "-out", request)
        if signed_by is None:
            openssl("x509", "-req", "-in", request, "-signkey", self.key,
                    "-days", 30, "-extfile", self.config, "-extensions",
                    "x_ca", "-out", self.crt)
        else:
            signed_by.sign(request, self.crt, "x_ca")

    def sign(self, request, out, extensions, *more):
        """A certificate for the request."""
        openssl("ca", "-batch", "-notext", "-preserveDN", "-config",
                self.config, "-extensions", extensions, "-in", request,
                "-out", out, *more)

    def client(self, name, subject, *more, chain=()):
        """(certificate with the chain behind it, key) of a client."""
        key = self.directory / f"{name}.key"
        crt = self.directory / f"{name}.crt"
        request = self.directory / f"{name}.csr"
        openssl("genpkey", *KINDS["p256"], "-out", key)
        key.chmod(0o600)
        openssl("req", "-new", "-key", key, "-subj", subject, "-out", request)
        self.sign(request, crt, "x_client", *more)
        for authority in chain:
            crt.write_text(crt.read_text() + authority.crt.read_text())
        return crt, key

    def revoke(self, crt):
        """From now on in its list."""
        openssl("ca", "-config", self.config, "-revoke", crt)

    def crl(self, *more):
        """Its list as PEM."""
        out = self.directory / "crl"
        openssl("ca", "-config", self.config, "-gencrl", "-out", out, *more)
        return out.read_text()


class ClientCertificates:
    """What the tests' clients have; .ca is trusted, with .crl."""

    def __init__(self, directory, user):
        self.user = user
        self.root = Authority(directory, "client-root")
        self.middle = Authority(directory, "client-middle", self.root)
        stranger = Authority(directory, "stranger")
        root, middle = self.root, self.middle
        self.pairs = {
            "none": None,
            "good": root.client("good", f"/O=Example/CN={user}"),
            "wrong CA": stranger.client("other", f"/CN={user}"),
            "expired": root.client("expired", f"/CN={user}", "-startdate",
                                   "20200101000000Z", "-enddate",
                                   "20200102000000Z"),
            "revoked": root.client("revoked", f"/CN={user}"),
            "with intermediate": middle.client("chained", f"/CN={user}",
                                               chain=(middle,)),
            "intermediate missing": middle.client("lonely", f"/CN={user}"),
            "wrong name": root.client("wrong", "/CN=somebody"),
        }
        root.revoke(self.pairs["revoked"][0])
        self.crl = directory / "all.crl"
        self.crl.write_text(root.crl() + middle.crl())
        self.ca = directory / "clients-ca.crt"
        self.ca.write_text(root.crt.read_text() + stranger_of(directory))

    def conninfo(self, kind):
        """libpq's words for that certificate and its user."""
        crt, key = self.pairs[kind] or ("/nonexistent", "/nonexistent")
        return {"user": self.user, "sslcert": crt, "sslkey": key}


def stranger_of(directory):
    """Another authority that is trusted and signs nobody here."""
    return Authority(directory, "second-root").crt.read_text()
