/* SPDX-License-Identifier: ISC */
/*
 * pemkey: the first private key of a PEM text, encrypted or not.
 * Runs in: keyd-unlock.
 */
#include "keyd/unlock/pemkey.h"

#include <openssl/asn1t.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <string.h>

#include "common/fault.h"

/* What a block's name means; others are passed over in silence. */
enum block {
	BLOCK_OTHER,
	BLOCK_PKCS8,
	BLOCK_PKCS8_ENCRYPTED,
	BLOCK_TRADITIONAL,
	BLOCK_OPENSSH,
	BLOCK_CERTIFICATE,
	BLOCK_PUBLIC
};

static const struct block_name {
	const char *name;
	enum block block;
	int type;	/* EVP_PKEY_* of a traditional one */
} block_names[] = {
	{ PEM_STRING_PKCS8INF, BLOCK_PKCS8, 0 },
	{ PEM_STRING_PKCS8, BLOCK_PKCS8_ENCRYPTED, 0 },
	{ PEM_STRING_RSA, BLOCK_TRADITIONAL, EVP_PKEY_RSA },
	{ PEM_STRING_ECPRIVATEKEY, BLOCK_TRADITIONAL, EVP_PKEY_EC },
	{ PEM_STRING_DSA, BLOCK_TRADITIONAL, EVP_PKEY_DSA },
	{ "OPENSSH PRIVATE KEY", BLOCK_OPENSSH, 0 },
	{ PEM_STRING_X509, BLOCK_CERTIFICATE, 0 },
	{ PEM_STRING_X509_OLD, BLOCK_CERTIFICATE, 0 },
	{ PEM_STRING_X509_TRUSTED, BLOCK_CERTIFICATE, 0 },
	{ PEM_STRING_PUBLIC, BLOCK_PUBLIC, 0 },
	{ NULL, BLOCK_OTHER, 0 }
};

static const struct block_name *
block_of(const char *name)
{
	const struct block_name *b = block_names;

	while (b->name != NULL && strcmp(b->name, name) != 0)
		b++;
	return b;
}

/* PostgreSQL's text, with the library's reason. */
static int
load_fault(const char *path, struct fault *fault)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);

	fault_set(fault, "could not load private key file \"%s\": %s", path,
	    reason != NULL ? reason : "unknown reason");
	ERR_clear_error();
	return fault_detail(fault,
	    "The private key in it is damaged, or not complete.");
}

/* The text has no private key: what has it instead? */
static int
absent_fault(const struct pemkey_text *text, enum block seen,
    struct fault *fault)
{
	ERR_clear_error();
	fault_set(fault, "could not load private key file \"%s\": "
	    "it holds no private key", text->path);
	if (seen == BLOCK_CERTIFICATE) {
		fault_detail(fault, "It holds a certificate.");
		return fault_hint(fault, "The certificate belongs into "
		    "\"ssl_cert_file\", its key into \"ssl_key_file\".");
	}
	if (seen == BLOCK_PUBLIC)
		return fault_detail(fault, "It holds a public key.");
	if (seen == BLOCK_OTHER && text->bytes[0] == 0x30) {
		fault_detail(fault, "It looks like DER.");
		return fault_hint(fault, "Run: openssl pkey -inform DER -in %s "
		    "-out NEWFILE, with -aes256 to encrypt it.", text->path);
	}
	return fault_detail(fault,
	    "There is no line \"-----BEGIN ... PRIVATE KEY-----\" in it.");
}

static int
openssh_fault(const char *path, struct fault *fault)
{
	fault_set(fault, "could not load private key file \"%s\": "
	    "it is in OpenSSH's own format", path);
	return fault_hint(fault,
	    "Make a copy of it and run: ssh-keygen -p -m PEM -f COPY");
}

static int
cipher_fault(const char *path, const char *cipher, struct fault *fault)
{
	ERR_clear_error();
	fault_set(fault, "private key file \"%s\" is encrypted with %s, "
	    "which is not supported", path, cipher);
	return fault_hint(fault, "Encrypt it anew: openssl pkcs8 -topk8 -v2 "
	    "aes-256-cbc -provider default -provider legacy -in %s "
	    "-out NEWFILE", path);
}

static bool
is_cipher(const char *name)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);

	EVP_CIPHER_free(cipher);
	return cipher != NULL;
}

static bool
is_digest(const char *name)
{
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);

	EVP_MD_free(md);
	return md != NULL;
}

/* PKCS#5 v2: the key is derived by one algorithm, used by another. */
static bool
is_pbes2_known(const X509_ALGOR *algor, char *out, size_t out_size)
{
	PBE2PARAM *param = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM),
	    algor->parameter);
	bool known = false;
	int kdf;

	if (param == NULL)
		return true;	/* damaged: decrypting it will say so */
	kdf = OBJ_obj2nid(param->keyfunc->algorithm);
	if (kdf != NID_id_pbkdf2 && kdf != NID_id_scrypt) {
		OBJ_obj2txt(out, (int)out_size, param->keyfunc->algorithm, 0);
	} else {
		OBJ_obj2txt(out, (int)out_size, param->encryption->algorithm,
		    1);
		known = is_cipher(out);
		OBJ_obj2txt(out, (int)out_size, param->encryption->algorithm,
		    0);
	}
	PBE2PARAM_free(param);
	return known;
}

/* PKCS#5 v1.5 and PKCS#12: one name for digest and cipher. */
static bool
is_pbes1_known(const X509_ALGOR *algor, char *out, size_t out_size)
{
	int cipher = NID_undef, md = NID_undef;

	OBJ_obj2txt(out, (int)out_size, algor->algorithm, 0);
	return EVP_PBE_find(EVP_PBE_TYPE_OUTER, OBJ_obj2nid(algor->algorithm),
	    &cipher, &md, NULL) && is_cipher(OBJ_nid2sn(cipher)) &&
	    is_digest(OBJ_nid2sn(md));
}

static int
check_pkcs8_cipher(const struct pemkey *key, struct fault *fault)
{
	const unsigned char *p = key->der;
	X509_SIG *sig = d2i_X509_SIG(NULL, &p, key->der_len);
	const X509_ALGOR *algor;
	char name[80];
	bool known;

	if (sig == NULL)
		return load_fault(key->path, fault);
	X509_SIG_get0(sig, &algor, NULL);
	if (OBJ_obj2nid(algor->algorithm) == NID_pbes2)
		known = is_pbes2_known(algor, name, sizeof(name));
	else
		known = is_pbes1_known(algor, name, sizeof(name));
	X509_SIG_free(sig);
	ERR_clear_error();
	return known ? 0 : cipher_fault(key->path, name, fault);
}

/* "DEK-Info: AES-256-CBC,3F17..." */
static int
check_dek_cipher(const struct pemkey *key, struct fault *fault)
{
	EVP_CIPHER_INFO info;
	const char *at = strstr(key->header, "DEK-Info:");
	char name[40];

	if (at == NULL || sscanf(at, "DEK-Info: %39[^, \r\n]", name) != 1) {
		fault_set(fault, "could not load private key file \"%s\": "
		    "its header lines are damaged", key->path);
		return fault_detail(fault,
		    "There is no cipher in a line \"DEK-Info: ...\".");
	}
	if (!is_cipher(name))
		return cipher_fault(key->path, name, fault);
	if (!PEM_get_EVP_CIPHER_INFO(key->header, &info))
		return load_fault(key->path, fault);
	return 0;
}

bool
pemkey_is_encrypted(const struct pemkey *key)
{
	return block_of(key->name)->block == BLOCK_PKCS8_ENCRYPTED ||
	    key->header[0] != '\0';
}

/* The first block that is a private key; *out_seen: the last known other. */
static int
find_block(BIO *bio, struct pemkey *key, enum block *out_seen)
{
	enum block block;

	for (;;) {
		if (!PEM_read_bio_ex(bio, &key->name, &key->header, &key->der,
		    &key->der_len, PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE))
			return -1;
		block = block_of(key->name)->block;
		if (block >= BLOCK_PKCS8 && block <= BLOCK_OPENSSH)
			return block;
		if (block != BLOCK_OTHER)
			*out_seen = block;
		pemkey_wipe(key);
	}
}

int
pemkey_find(const struct pemkey_text *text, struct pemkey *out,
    struct fault *fault)
{
	struct pemkey key = { .path = text->path };
	enum block seen = BLOCK_OTHER;
	BIO *bio = BIO_new_mem_buf(text->bytes, (int)text->len);
	int rc, block;

	if (bio == NULL)
		return load_fault(text->path, fault);
	block = find_block(bio, &key, &seen);
	BIO_free(bio);
	if (block == -1) {
		if (ERR_GET_REASON(ERR_peek_last_error()) ==
		    PEM_R_NO_START_LINE)
			return absent_fault(text, seen, fault);
		return load_fault(text->path, fault);
	}
	if (block == BLOCK_OPENSSH)
		rc = openssh_fault(text->path, fault);
	else if (block == BLOCK_PKCS8_ENCRYPTED)
		rc = check_pkcs8_cipher(&key, fault);
	else if (key.header[0] != '\0')
		rc = check_dek_cipher(&key, fault);
	else
		rc = 0;
	if (rc == 0)
		*out = key;
	else
		pemkey_wipe(&key);
	return rc;
}

/* From PKCS#8 whose encryption is off. Consumes info. */
static int
decode_pkcs8(const struct pemkey *key, PKCS8_PRIV_KEY_INFO *info,
    EVP_PKEY **out, struct fault *fault)
{
	const ASN1_OBJECT *oid = NULL;
	char name[80];
	int nid;

	*out = EVP_PKCS82PKEY(info);
	if (!PKCS8_pkey_get0(&oid, NULL, NULL, NULL, info))
		oid = NULL;
	OBJ_obj2txt(name, sizeof(name), oid, 0);
	nid = OBJ_obj2nid(oid);
	PKCS8_PRIV_KEY_INFO_free(info);
	if (*out != NULL)
		return 1;
	ERR_clear_error();
	if (nid == NID_rsaEncryption || nid == NID_rsassaPss ||
	    nid == NID_X9_62_id_ecPublicKey || nid == NID_ED25519)
		return fault_set(fault, "could not load private key file "
		    "\"%s\": the %s key in it is damaged", key->path, name);
	return fault_set(fault, "private key file \"%s\" holds a key of type "
	    "%s, which is not supported", key->path, name);
}

static int
decrypt_pkcs8(const struct pemkey *key, const char *pass, int pass_len,
    EVP_PKEY **out, struct fault *fault)
{
	const unsigned char *p = key->der;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	X509_SIG *sig = d2i_X509_SIG(NULL, &p, key->der_len);

	if (sig == NULL)
		return load_fault(key->path, fault);
	info = PKCS8_decrypt(sig, pass, pass_len);
	X509_SIG_free(sig);
	if (info == NULL) {
		ERR_clear_error();
		return 0;
	}
	return decode_pkcs8(key, info, out, fault);
}

struct passphrase_text {
	const char *bytes;
	int len;
};

static int
give_passphrase(char *buf, int size, int rwflag, void *arg)
{
	const struct passphrase_text *pass = arg;

	if (pass->len > size)
		return -1;
	memcpy(buf, pass->bytes, (size_t)pass->len);
	return pass->len;
}

/* RFC 1421 style: decrypted in place, so from a copy. */
static int
decode_traditional(const struct pemkey *key, const char *pass, int pass_len,
    EVP_PKEY **out, struct fault *fault)
{
	struct passphrase_text text = { pass, pass_len };
	EVP_CIPHER_INFO cipher = { 0 };
	const unsigned char *p;
	unsigned char *der;
	long len = key->der_len;
	int decrypted;

	if (pemkey_is_encrypted(key) &&
	    !PEM_get_EVP_CIPHER_INFO(key->header, &cipher))
		return load_fault(key->path, fault);
	p = der = OPENSSL_secure_malloc((size_t)len);
	if (der == NULL)
		return load_fault(key->path, fault);
	memcpy(der, key->der, (size_t)len);
	decrypted = cipher.cipher == NULL ||
	    PEM_do_header(&cipher, der, &len, give_passphrase, &text);
	*out = NULL;
	if (decrypted)
		*out = d2i_PrivateKey(block_of(key->name)->type, NULL, &p, len);
	OPENSSL_secure_clear_free(der, (size_t)key->der_len);
	if (*out != NULL)
		return 1;
	if (cipher.cipher == NULL)
		return load_fault(key->path, fault);
	/* A wrong pass phrase may look right to the padding: not so to DER. */
	ERR_clear_error();
	return 0;
}

int
pemkey_decrypt(const struct pemkey *key, const char *pass, int pass_len,
    EVP_PKEY **out, struct fault *fault)
{
	const unsigned char *p = key->der;
	PKCS8_PRIV_KEY_INFO *info;

	switch (block_of(key->name)->block) {
	case BLOCK_PKCS8_ENCRYPTED:
		return decrypt_pkcs8(key, pass, pass_len, out, fault);
	case BLOCK_PKCS8:
		info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, key->der_len);
		if (info == NULL)
			return load_fault(key->path, fault);
		return decode_pkcs8(key, info, out, fault);
	default:
		return decode_traditional(key, pass, pass_len, out, fault);
	}
}

void
pemkey_wipe(struct pemkey *key)
{
	OPENSSL_secure_free(key->name);
	OPENSSL_secure_free(key->header);
	if (key->der != NULL)
		OPENSSL_secure_clear_free(key->der, (size_t)key->der_len);
	key->name = NULL;
	key->header = NULL;
	key->der = NULL;
	key->der_len = 0;
}
