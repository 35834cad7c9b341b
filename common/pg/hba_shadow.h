/* SPDX-License-Identifier: ISC */
/*
 * hba_shadow: rules that are legal but sad, for postern-listener --check.
 * Pure. Compares every rule with those before it.
 * Runs in: postern-listener.
 */
#ifndef COMMON_PG_HBA_SHADOW_H
#define COMMON_PG_HBA_SHADOW_H

struct hba_image;
struct hba_sink;

/*
 * Warns of each rule that can never match, or only after one before it that
 * has the same or wider connection type, databases, users, address and
 * conditions; of the first local line; of a map= that no line of pg_ident.conf
 * has.
 */
void hba_shadow_warn(const struct hba_image *image, struct hba_sink *sink);

#endif
