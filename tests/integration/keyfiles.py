# SPDX-License-Identifier: ISC
"""keyfiles: private key files of every kind, good and bad, by openssl(1)."""

from certificates import KINDS, PASSPHRASE, openssl

PASSOUT = ["-passout", f"pass:{PASSPHRASE}"]
LEGACY = ["-provider", "legacy", "-provider", "default"]

OTHER_KINDS = {
    "p521": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "rsa1024": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "ed448": ["-algorithm", "ED448"],
    "x25519": ["-algorithm", "X25519"],
    "explicit": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                 "-pkeyopt", "ec_param_enc:explicit"],
}


class KeyFiles:
    """A directory of key files; each is made when it is wanted."""

    def __init__(self, directory):
        self.directory = directory

    def _path(self, name):
        path = self.directory / name
        return path, path.exists()

    def plain(self, kind):
        """PKCS#8, not encrypted."""
        path, exists = self._path(f"{kind}.key")
        if not exists:
            openssl("genpkey", *(KINDS | OTHER_KINDS)[kind], "-out", path)
        return path

    def encrypted(self, kind, *options):
        """PKCS#8, encrypted as the options of openssl pkcs8 say."""
        path, exists = self._path("-".join((kind, *options)) + ".key")
        if not exists:
            legacy = LEGACY if "legacy" in options else []
            openssl("pkcs8", "-topk8", "-in", self.plain(kind), *PASSOUT,
                    *[word for word in options if word != "legacy"], *legacy,
                    "-out", path)
        return path

    def traditional(self, kind, *options):
        """RSA PRIVATE KEY or EC PRIVATE KEY."""
        path, exists = self._path("-".join((kind, "old", *options)) + ".key")
        if not exists:
            openssl("pkey", "-traditional", "-in", self.plain(kind),
                    *options, *(PASSOUT if options else []), "-out", path)
        return path

    def with_parameters(self):
        """EC PARAMETERS before the EC PRIVATE KEY, as ecparam writes it."""
        path, exists = self._path("ecparam.key")
        if not exists:
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", path)
        return path

    def dsa(self):
        """A DSA key."""
        path, exists = self._path("dsa.key")
        if not exists:
            parameters = self.directory / "dsa.pem"
            openssl("genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt",
                    "dsa_paramgen_bits:1024", "-out", parameters)
            openssl("genpkey", "-paramfile", parameters, "-out", path)
        return path

    def der(self):
        """The key itself, without PEM."""
        path, exists = self._path("der.key")
        if not exists:
            openssl("pkey", "-in", self.plain("p256"), "-outform", "DER",
                    "-out", path)
        return path

    def public(self):
        """Only the public key."""
        path, exists = self._path("public.key")
        if not exists:
            openssl("pkey", "-in", self.plain("p256"), "-pubout", "-out",
                    path)
        return path

    def text(self, name, content):
        """Any text."""
        path = self.directory / name
        path.write_bytes(content)
        return path


def spki_id(path, passphrase=PASSPHRASE):
    """SHA-256 of the public key's SubjectPublicKeyInfo, in hexadecimal."""
    public = path.with_suffix(".spki")
    openssl("pkey", "-in", path, "-passin", f"pass:{passphrase}", "-pubout",
            "-outform", "DER", "-out", public)
    return openssl("dgst", "-sha256", "-r", public).split()[0]
