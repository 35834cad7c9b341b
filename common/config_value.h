/* SPDX-License-Identifier: ISC */
/*
 * config_value: what a setting's text means, by PostgreSQL's rules (20.1.1).
 * Pure.
 * Runs in: the supervisors, posternctl.
 */
#ifndef COMMON_CONFIG_VALUE_H
#define COMMON_CONFIG_VALUE_H

#include <stdbool.h>

struct config_setting;
struct fault;

/*
 * Each reads value for that row of the table. They return 0 and *out, or -1
 * with the fault: the wording of PostgreSQL, the accepted values as its hint.
 */
int config_value_bool(const struct config_setting *setting, const char *value,
    bool *out, struct fault *fault);
int config_value_int(const struct config_setting *setting, const char *value,
    int *out, struct fault *fault);
int config_value_enum(const struct config_setting *setting, const char *value,
    int *out, struct fault *fault);

#endif
