/* SPDX-License-Identifier: ISC */
/*
 * hba_sink: where the faults of access files go: every one as it is found,
 * with its file and line.
 * Pure.
 * Runs in: postern-listener, listener-worker.
 */
#include "common/pg/hba_sink.h"

#include "common/fault.h"

static void
add_context(const struct hba_place *place, struct fault *fault)
{
	if (fault->detail[0] == '\0')
		(void)fault_detail(fault, "line %u of configuration file "
		    "\"%s\"", place->line, place->file);
	else
		(void)fault_detail(fault, "%s (line %u of configuration file "
		    "\"%s\")", fault->detail, place->line, place->file);
}

int
hba_sink_put(struct hba_sink *sink, enum hba_severity severity,
    const struct hba_place *place, const struct fault *fault)
{
	struct fault said = *fault;

	if (place->file != NULL)
		add_context(place, &said);
	if (said.sqlstate[0] == '\0')
		(void)fault_code(&said, "F0000");
	if (severity == HBA_ERROR)
		sink->errors++;
	else
		sink->warnings++;
	sink->take(sink->owner, severity, &said);
	return severity == HBA_ERROR ? -1 : 0;
}

int
hba_sink_put_memory(struct hba_sink *sink)
{
	static const struct hba_place nowhere;
	struct fault fault = { 0 };

	(void)fault_set(&fault, "out of memory");
	(void)fault_detail(&fault, "The access files are too large.");
	(void)fault_code(&fault, "53200");
	return hba_sink_put(sink, HBA_ERROR, &nowhere, &fault);
}
