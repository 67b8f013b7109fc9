// Errors in the contract's words, arguments, properties.

#include "shared.h"

#include "py/gc.h"
#include "py/mphal.h"
#include "py/objtype.h"

#include <string.h>

RAISES errors_deinited(void)
{
    mp_raise_ValueError(MP_ERROR_TEXT("Object has been deinitialized and can no longer be used. Create a new object."));
}

RAISES errors_range(qstr name, mp_int_t first, mp_int_t last)
{
    mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%q must be %d-%d"), name, (int)first, (int)last);
}

RAISES errors_type(qstr name, const char *wanted, mp_obj_t given)
{
    mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("%q must be of type %s, not %s"), name, wanted,
                      mp_obj_get_type_str(given));
}

mp_int_t errors_int(qstr name, mp_obj_t given, mp_int_t first, mp_int_t last)
{
    mp_int_t value;
    if (!mp_obj_get_int_maybe(given, &value))
        errors_type(name, "int", given);
    if (value < first || value > last)
        errors_range(name, first, last);
    return value;
}

static RAISES raise_sentence(const mp_obj_type_t *type, const char *sentence)
{
    mp_raise_msg_varg(type, MP_ERROR_TEXT("%s"), sentence);
}

// What cannot be had, in the contract's words; another sentence is heard as it is.
static void raise_contract(ta_status_t status, const char *sentence)
{
    if (status == TA_E_ARG && strstr(sentence, "two channels of one PWM slice"))
        mp_raise_ValueError(MP_ERROR_TEXT("Pins must share PWM slice"));
    if (status != TA_E_BUSY)
        return;
    if (strstr(sentence, "state machine"))
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("All state machines in use"));
    if (strstr(sentence, "DMA channels"))
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("No DMA channel found"));
    if (strstr(sentence, "DMA timer"))
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("No DMA pacing timer found"));
    if (strstr(sentence, "PWM slice"))
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("All timers in use"));
}

RAISES errors_status(ta_status_t status, const char *sentence)
{
    raise_contract(status, sentence);
    switch (status) {
    case TA_E_NOMEM:
    case TA_E_CLASS:
        raise_sentence(&mp_type_MemoryError, sentence);
    case TA_E_RATE:
        mp_raise_ValueError(MP_ERROR_TEXT("frequency out of range"));
    case TA_E_ARG:
    case TA_E_FORMAT:
        raise_sentence(&mp_type_ValueError, sentence);
    case TA_E_IO:
        raise_sentence(&mp_type_OSError, sentence);
    case TA_OK:
    case TA_E_STATE:
    case TA_E_BUSY:
        break;
    }
    raise_sentence(&mp_type_RuntimeError, sentence);
}

void errors_check(ta_status_t status)
{
    if (status != TA_OK)
        errors_status(status, ta_status_name(status));
}

bool errors_is_end(mp_obj_t exception)
{
    return !mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(mp_obj_get_type(exception)), MP_OBJ_FROM_PTR(&mp_type_Exception));
}

void errors_print(const char *what, mp_obj_t exception)
{
    nlr_buf_t nlr;
    if (errors_is_end(exception)) {
        mp_sched_exception(exception);
    } else if (nlr_push(&nlr) == 0) {
        mp_printf(MICROPY_ERROR_PRINTER, "%s\n", what);
        mp_obj_print_exception(MICROPY_ERROR_PRINTER, exception);
        nlr_pop();
    } else {
        mp_sched_exception(MP_OBJ_FROM_PTR(nlr.ret_val));
    }
}

void *errors_alloc(const char *object, size_t bytes, const char *knob)
{
    void *block = m_new_maybe(uint64_t, (bytes + 7) / 8);
    if (block)
        return block;
    gc_info_t info;
    gc_info(&info);
    char sentence[TA_SENTENCE_MAX];
    ta_failure_t failure = {.status = TA_E_NOMEM,
                            .object = object,
                            .bytes = bytes,
                            .align = 8,
                            .cls = TA_CLASS_BULK,
                            .resource = "VM heap",
                            .free = info.free,
                            .largest = info.max_free * MICROPY_BYTES_PER_GC_BLOCK,
                            .knob = knob};
    ta_failure_sentence(&failure, sentence, sizeof sentence);
    errors_status(TA_E_NOMEM, sentence);
}

// ---- arguments -----------------------------------------------------------------------------------------------------------

static bool is_allowed(mp_obj_t keyword, size_t n_allowed, const mp_arg_t *allowed)
{
    for (size_t a = 0; a < n_allowed; a++) {
        if (keyword == MP_OBJ_NEW_QSTR(allowed[a].qst))
            return true;
    }
    return false;
}

void arguments_parse(size_t n_pos, const mp_obj_t *pos, mp_map_t *keywords, size_t n_allowed, const mp_arg_t *allowed,
                     mp_arg_val_t *values)
{
    for (size_t k = 0; k < keywords->alloc; k++) {
        if (mp_map_slot_is_filled(keywords, k) && !is_allowed(keywords->table[k].key, n_allowed, allowed)) {
            mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("unexpected keyword argument '%q'"),
                              mp_obj_str_get_qstr(keywords->table[k].key));
        }
    }
    mp_arg_parse_all(n_pos, pos, keywords, n_allowed, allowed, values);
}

static bool is_of_script(mp_obj_t given)
{
    return mp_obj_is_instance_type(mp_obj_get_type(given));
}

mp_obj_t plain_int_or(mp_obj_t given)
{
    mp_obj_t number = is_of_script(given) ? mp_unary_op(MP_UNARY_OP_INT_MAYBE, given) : MP_OBJ_NULL;
    return number != MP_OBJ_NULL ? number : given;
}

mp_obj_t plain_int(qstr name, mp_obj_t given)
{
    mp_obj_t number = plain_int_or(given);
    if (is_of_script(number))
        errors_type(name, "int", given);
    return number;
}

mp_obj_t plain_float(qstr name, mp_obj_t given)
{
    if (!is_of_script(given))
        return given;
    mp_obj_t number = mp_unary_op(MP_UNARY_OP_FLOAT_MAYBE, given);
    if (number == MP_OBJ_NULL || !mp_obj_is_float(number))
        errors_type(name, "float", given);
    return number;
}

mp_obj_t plain_bool(mp_obj_t given)
{
    return mp_obj_new_bool(mp_obj_is_true(given));
}

// ---- properties ----------------------------------------------------------------------------------------------------------

void properties_attr(const property_t *table, size_t count, mp_obj_t self, qstr name, mp_obj_t *dest)
{
    for (size_t p = 0; p < count; p++) {
        if (table[p].name != name)
            continue;
        if (dest[0] == MP_OBJ_NULL) {
            dest[0] = table[p].get(self);
        } else if (dest[1] != MP_OBJ_NULL && table[p].set) {
            table[p].set(self, dest[1]);
            dest[0] = MP_OBJ_NULL;
        }
        return; // a property that is only read: the VM says that there is no such attribute to store to
    }
    if (dest[0] == MP_OBJ_NULL)
        dest[1] = MP_OBJ_SENTINEL; // methods: look in the type's dictionary
}
