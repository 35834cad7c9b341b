# SPDX-License-Identifier: ISC
provider_test_sources = \
	tests/unit/common/provider/handshake.c \
	tests/unit/common/provider/handshake.h \
	tests/unit/common/provider/keypair.c \
	tests/unit/common/provider/keypair.h \
	tests/unit/common/provider/remote.c \
	tests/unit/common/provider/remote.h \
	tests/unit/common/provider/responder.c \
	tests/unit/common/provider/responder.h
provider_test_libs = common/provider/libprovider.a common/wire/libwire.a \
	$(SSL_LIBS) $(CRYPTO_LIBS) $(CHECK_LIBS)

unit_tests += tests/unit/common/provider/test_key_link
tests_unit_common_provider_test_key_link_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_provider_test_key_link_SOURCES = \
	tests/unit/common/provider/test_key_link.c \
	tests/unit/common/provider/keypair.c \
	tests/unit/common/provider/keypair.h \
	tests/unit/common/provider/responder.c \
	tests/unit/common/provider/responder.h
tests_unit_common_provider_test_key_link_LDADD = $(provider_test_libs)

unit_tests += tests/unit/common/provider/test_key_link_async
tests_unit_common_provider_test_key_link_async_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_provider_test_key_link_async_SOURCES = \
	tests/unit/common/provider/test_key_link_async.c \
	tests/unit/common/provider/keypair.c \
	tests/unit/common/provider/keypair.h \
	tests/unit/common/provider/responder.c \
	tests/unit/common/provider/responder.h
tests_unit_common_provider_test_key_link_async_LDADD = $(provider_test_libs)

unit_tests += tests/unit/common/provider/test_key_pending
tests_unit_common_provider_test_key_pending_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_provider_test_key_pending_SOURCES = \
	tests/unit/common/provider/test_key_pending.c
tests_unit_common_provider_test_key_pending_LDADD = $(provider_test_libs)

unit_tests += tests/unit/common/provider/test_keymgmt
tests_unit_common_provider_test_keymgmt_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_provider_test_keymgmt_SOURCES = \
	tests/unit/common/provider/test_keymgmt.c $(provider_test_sources)
tests_unit_common_provider_test_keymgmt_LDADD = $(provider_test_libs)

unit_tests += tests/unit/common/provider/test_provider
tests_unit_common_provider_test_provider_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_provider_test_provider_SOURCES = \
	tests/unit/common/provider/test_provider.c
tests_unit_common_provider_test_provider_LDADD = $(provider_test_libs)

unit_tests += tests/unit/common/provider/test_remote_key
tests_unit_common_provider_test_remote_key_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_provider_test_remote_key_SOURCES = \
	tests/unit/common/provider/test_remote_key.c $(provider_test_sources)
tests_unit_common_provider_test_remote_key_LDADD = $(provider_test_libs)

unit_tests += tests/unit/common/provider/test_remote_key_async
tests_unit_common_provider_test_remote_key_async_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_provider_test_remote_key_async_SOURCES = \
	tests/unit/common/provider/test_remote_key_async.c \
	$(provider_test_sources)
tests_unit_common_provider_test_remote_key_async_LDADD = $(provider_test_libs)

unit_tests += tests/unit/common/provider/test_signature
tests_unit_common_provider_test_signature_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_provider_test_signature_SOURCES = \
	tests/unit/common/provider/test_signature.c $(provider_test_sources)
tests_unit_common_provider_test_signature_LDADD = $(provider_test_libs)

unit_tests += tests/unit/common/provider/test_tbs
tests_unit_common_provider_test_tbs_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_common_provider_test_tbs_SOURCES = \
	tests/unit/common/provider/test_tbs.c
tests_unit_common_provider_test_tbs_LDADD = $(provider_test_libs)
