# SPDX-License-Identifier: ISC
"""certificates: a CA and server certificates, made by openssl(1)."""

import subprocess

PASSPHRASE = "correct horse, battery staple"
SAN = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"

# kind of key -> options of openssl genpkey
KINDS = {
    "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa-pss": ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
    "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "ed25519": ["-algorithm", "ED25519"],
}


def openssl(*arguments):
    """Runs openssl; fails with its words."""
    run = subprocess.run(["openssl", *map(str, arguments)], text=True,
                         capture_output=True, stdin=subprocess.DEVNULL,
                         check=False)
    if run.returncode != 0:
        raise AssertionError(f"openssl {arguments}: {run.stderr}")
    return run.stdout


class Pair:
    """A server's certificate, and its key in plain and encrypted."""

    def __init__(self, directory, kind):
        self.crt = directory / f"{kind}.crt"
        self.key = directory / f"{kind}.key"
        self.encrypted_key = directory / f"{kind}.encrypted.key"


class Certificates:
    """The CA of the tests and what it signed; a pair is made when wanted."""

    passphrase = PASSPHRASE

    def __init__(self, directory):
        self.directory = directory
        self.ca = directory / "ca.crt"
        self.ca_key = directory / "ca.key"
        self._pairs = {}
        openssl("genpkey", *KINDS["p256"], "-out", self.ca_key)
        openssl("req", "-x509", "-new", "-key", self.ca_key, "-days", 30,
                "-subj", "/CN=Postern test CA", "-out", self.ca)

    def pair(self, kind="p256"):
        """The server's pair of that kind (KINDS)."""
        if kind not in self._pairs:
            self._pairs[kind] = self._make(Pair(self.directory, kind), kind)
        return self._pairs[kind]

    def _make(self, pair, kind):
        request = self.directory / f"{kind}.csr"
        openssl("genpkey", *KINDS[kind], "-out", pair.key)
        openssl("req", "-new", "-key", pair.key, "-subj", "/CN=localhost",
                "-addext", SAN, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey",
                self.ca_key, "-days", 30, "-copy_extensions", "copy", "-out",
                pair.crt)
        openssl("pkcs8", "-topk8", "-in", pair.key, "-passout",
                "pass:" + self.passphrase, "-out", pair.encrypted_key)
        return pair
