// Parameters of sources, as scripts see them. In: BlockInputs: numbers, None, and what moves: LFO, Math. Out: ta_param_t, which the feed reads at
// any moment. Invariant: what a parameter follows is kept.

#include "node.h"

#include "py/objtype.h"

// Nothing moves where there is no synthio.
__attribute__((weak)) ta_control_t *synthio_control(mp_obj_t object)
{
    (void)object;
    return NULL;
}

mp_obj_t param_plain(qstr name, mp_obj_t value)
{
    if (synthio_control(value) || !mp_obj_is_instance_type(mp_obj_get_type(value)))
        return value;
    mp_obj_t number = mp_unary_op(MP_UNARY_OP_FLOAT_MAYBE, value);
    if (number == MP_OBJ_NULL || !mp_obj_is_float(number))
        errors_type(name, "BlockInput", value);
    return number;
}

void param_set(ta_param_t *param, mp_obj_t *kept, qstr name, mp_obj_t value)
{
    ta_control_t *control = synthio_control(value);
    mp_float_t number = 0;
    if (!control && value != mp_const_none && !mp_obj_get_float_maybe(value, &number))
        errors_type(name, "BlockInput", value);
    if (control) {
        ta_param_follow(param, control);
        *kept = value;
    } else {
        ta_param_set(param, (ta_real_t)number);
        *kept = MP_OBJ_NULL;
    }
}

mp_obj_t param_get(const ta_param_t *param, mp_obj_t kept)
{
    return kept != MP_OBJ_NULL ? kept : mp_obj_new_float((mp_float_t)param->number);
}
