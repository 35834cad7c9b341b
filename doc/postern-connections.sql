-- SPDX-License-Identifier: ISC
-- The clients of Postern as the view postern_connections, in the server behind
-- it: who is really connected, how, and what the server does for them.
--
-- Run by a superuser, in the database from which it is asked:
--
--     psql -f postern-connections.sql
--
-- The server's user runs posternctl, and must be a member of the group that
-- postern.conf's status_group names:
--
--     usermod -a -G postern-status postgres     (and restart the server)

\set ON_ERROR_STOP on
\if :{?program}
\else
\set program 'posternctl -D /etc/postern connections --csv'
\endif

BEGIN;

CREATE EXTENSION IF NOT EXISTS file_fdw;
CREATE SERVER postern FOREIGN DATA WRAPPER file_fdw;

-- A row per connection to Postern, also of clients that are not yet known to
-- the server; the names are those of pg_stat_activity and pg_stat_ssl.
CREATE FOREIGN TABLE postern_clients (
    pid               integer,
    client_addr       inet,
    client_port       integer,
    usename           text,
    datname           text,
    application_name  text,
    ssl               boolean,
    version           text,
    cipher            text,
    bits              integer,
    client_dn         text,
    client_serial     text,
    issuer_dn         text,
    postern_state     text,
    postern_since     timestamptz,
    bytes_in          bigint,
    bytes_out         bigint
) SERVER postern OPTIONS (program :'program', format 'csv', header 'true');

-- What the server knows of them beside it; its own client_addr and
-- application_name would be Postern's.
CREATE VIEW postern_connections AS
    SELECT c.*, a.backend_start, a.xact_start, a.query_start, a.state,
           a.wait_event_type, a.wait_event, a.query
    FROM postern_clients c LEFT JOIN pg_stat_activity a USING (pid);

REVOKE ALL ON postern_clients, postern_connections FROM PUBLIC;
GRANT SELECT ON postern_connections TO pg_monitor;

COMMIT;
