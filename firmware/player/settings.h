/// @file settings.h  The settings of an output, as text: bits=24, align=left.
#ifndef PLAYER_SETTINGS_H
#define PLAYER_SETTINGS_H

#include "either.h"

/// Carry one out, "name=value", which is taken apart on the way.
/// Ctx: task. Cost: O(settings). Own: none. Fails: a sentence, valid until the next call; else NULL.
const char *settings_set(either_config_t *config, char *text);

/// A line for each, with the values that it takes. Ctx: task. Cost: as say. Own: none. Fails: never.
void settings_say(void);

/// A whole number of digits alone, up to `most`. Ctx: any. Cost: O(length). Own: none. Fails: false.
bool settings_number(const char *text, unsigned long most, unsigned long *value);

#endif
