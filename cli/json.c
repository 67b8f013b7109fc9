// JSON. In: figures. Out: text. Invariant: counts are exact, and the output is valid UTF-8 whatever a file is called.

#include "json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 40 };

void json_count(cJSON *object, const char *name, uint64_t value)
{
    char text[NUMBER_MAX];
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    (void)cJSON_AddRawToObject(object, name, text);
}

void json_signed(cJSON *object, const char *name, int64_t value)
{
    json_decimal(object, name, value, 0);
}

void json_decimal(cJSON *object, const char *name, int64_t value, unsigned digits)
{
    char text[NUMBER_MAX];
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t unit = 1;
    for (unsigned d = 0; d < digits; d++)
        unit *= 10;
    int length = snprintf(text, sizeof text, "%s%" PRIu64, value < 0 ? "-" : "", magnitude / unit);
    if (digits)
        (void)snprintf(text + length, sizeof text - (size_t)length, ".%0*" PRIu64, (int)digits, magnitude % unit);
    (void)cJSON_AddRawToObject(object, name, text);
}

// Bytes of the well-formed UTF-8 sequence at `text`, or 0 (Unicode 15, table 3-7).
static size_t sequence_bytes(const unsigned char *text)
{
    unsigned char lead = text[0];
    if (lead < 0x80)
        return 1;
    size_t length = lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) == 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    bool overlong = (lead == 0xe0 && text[1] < 0xa0) || (lead == 0xf0 && text[1] < 0x90);
    bool outside = (lead == 0xed && text[1] > 0x9f) || (lead == 0xf4 && text[1] > 0x8f);
    return overlong || outside ? 0 : length;
}

void json_text(cJSON *object, const char *name, const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (!copy) {
        (void)cJSON_AddNullToObject(object, name);
        return;
    }
    for (unsigned char *c = (unsigned char *)copy; *c;) {
        size_t bytes = sequence_bytes(c);
        if (bytes == 0)
            *c = '?';
        c += bytes ? bytes : 1;
    }
    (void)cJSON_AddStringToObject(object, name, copy);
    free(copy);
}

bool json_print(cJSON *object, FILE *to)
{
    char *text = cJSON_Print(object);
    cJSON_Delete(object);
    bool good = text && fprintf(to, "%s\n", text) > 0;
    cJSON_free(text);
    return good;
}
