# SPDX-License-Identifier: ISC
noinst_LIBRARIES += common/provider/libprovider.a
common_provider_libprovider_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
common_provider_libprovider_a_SOURCES = \
	common/provider/key_link.c common/provider/key_link.h \
	common/provider/key_pending.c common/provider/key_pending.h \
	common/provider/key_send.c common/provider/key_send.h \
	common/provider/keymgmt.c common/provider/keymgmt.h \
	common/provider/provider.c common/provider/provider.h \
	common/provider/remote_key.c common/provider/remote_key.h \
	common/provider/signature.c common/provider/signature.h \
	common/provider/tbs.c common/provider/tbs.h
