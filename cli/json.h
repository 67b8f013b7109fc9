// JSON through cJSON, whose numbers are doubles: ours go in as text, so that 64-bit counts stay exact.
#ifndef TONEARM_CLI_JSON_H
#define TONEARM_CLI_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

void json_count(cJSON *object, const char *name, uint64_t value);
void json_signed(cJSON *object, const char *name, int64_t value);
// value / 10^digits, exactly.
void json_decimal(cJSON *object, const char *name, int64_t value, unsigned digits);
// A string; bytes that are not UTF-8 become question marks. NULL gives null.
void json_text(cJSON *object, const char *name, const char *text);

// Print with a newline at the end, and delete. False when memory or the file fails.
bool json_print(cJSON *object, FILE *to);

#endif
