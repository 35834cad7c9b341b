# SPDX-License-Identifier: ISC
EXTRA_DIST += doc/architecture.md doc/performance.md
dist_man_MANS += doc/postern-listener.8 doc/postern.conf.5
dist_man_MANS += doc/postern-keyd.8
dist_man_MANS += doc/posternctl.8
dist_man_MANS += doc/postern_hba.conf.5
