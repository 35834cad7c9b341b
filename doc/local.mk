# SPDX-License-Identifier: ISC
EXTRA_DIST += doc/metrics-picture doc/metrics.svg
EXTRA_DIST += doc/architecture.md doc/performance.md doc/performance.svg \
	doc/threat-model.md doc/compatibility.md doc/operations.md \
	doc/reliability.md doc/migrate-from-native-ssl.md
dist_doc_DATA = doc/grafana-dashboard.json doc/postern-connections.sql
dist_man_MANS += doc/postern-listener.8 doc/postern.conf.5
dist_man_MANS += doc/postern-keyd.8
dist_man_MANS += doc/posternctl.8 doc/postern-metrics.7
dist_man_MANS += doc/postern-keyd-protocol.7
dist_man_MANS += doc/postern_hba.conf.5
