/* SPDX-License-Identifier: ISC */
/*
 * exporter_sockets: the sockets that the exporter answers on.
 * Runs in: postern-listener, at start.
 */
#ifndef LISTENER_EXPORTER_SOCKETS_H
#define LISTENER_EXPORTER_SOCKETS_H

struct fault;
struct settings;

#define EXPORTER_SOCKETS_STATUS "status"	/* in the run directory */
#define EXPORTER_SOCKETS_PATH_MAX 128	/* more than a socket's may have */

struct exporter_sockets {
	int status;		/* owned; -1: none */
	int metrics;		/* owned; -1: metrics_listen is empty */
	char status_path[EXPORTER_SOCKETS_PATH_MAX];
	char metrics_path[EXPORTER_SOCKETS_PATH_MAX];	/* "": it has none */
};
#define EXPORTER_SOCKETS_EMPTY { .status = -1, .metrics = -1 }

/*
 * Listens: on the run directory's "status", mode 0660, which as root belongs to
 * status_group; and where metrics_listen says. out is empty before. Returns 0,
 * or -1 with the fault.
 */
int exporter_sockets_open(const struct settings *settings,
    struct exporter_sockets *out, struct fault *fault);

/* Removes the names and closes. Accepts empty. */
void exporter_sockets_close(struct exporter_sockets *sockets);

#endif
