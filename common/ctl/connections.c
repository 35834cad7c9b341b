/* SPDX-License-Identifier: ISC */
/*
 * connections: who is connected, a row each.
 * Runs in: posternctl.
 */
#include <stdlib.h>
#include <unistd.h>

#include "common/ctl/ctl.h"
#include "common/ctl/inquiry.h"
#include "common/ctl/sheet.h"
#include "common/ctl/verbs.h"
#include "common/fault.h"
#include "common/log.h"

int
connections_run(struct ctl *ctl)
{
	const struct sheet_style style = { .format = ctl->format,
		.is_coloured = ctl_may_colour() };
	struct sheet sheet = { 0 };
	struct fault fault = { 0 };

	if (inquiry_connections(ctl, &sheet, &fault) != 0) {
		log_fault(LOG_LEVEL_ERROR, &fault);
		sheet_close(&sheet);
		return CTL_EXIT_FAILURE;
	}
	sheet_print(&sheet, &style, stdout);
	sheet_close(&sheet);
	return ctl_flush();
}
