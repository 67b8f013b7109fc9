// Math. In: three parameters. Out: a function of them, once a tick. A division by 0 gives 0; what is infinite or no number is passed on, since whoever uses it clamps it.

#include "tonearm/control.h"

#include "real.h"

static ta_real_t middle(ta_real_t a, ta_real_t b, ta_real_t c)
{
    ta_real_t low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

static ta_real_t least(ta_real_t a, ta_real_t b)
{
    return b < a ? b : a;
}

static ta_real_t most(ta_real_t a, ta_real_t b)
{
    return b > a ? b : a;
}

static ta_real_t lerp(ta_real_t a, ta_real_t b, ta_real_t c)
{
    return a * (1 - c) + b * c;
}

static ta_real_t calculate(ta_math_operation_t operation, ta_real_t a, ta_real_t b, ta_real_t c)
{
    switch (operation) {
    case TA_MATH_SUM:
        return a + b + c;
    case TA_MATH_ADD_SUB:
        return a + b - c;
    case TA_MATH_PRODUCT:
        return a * b * c;
    case TA_MATH_MUL_DIV:
        return c == 0 ? 0 : a * b / c;
    case TA_MATH_SCALE_OFFSET:
        return a * b + c;
    case TA_MATH_OFFSET_SCALE:
        return (a + b) * c;
    case TA_MATH_LERP:
        return lerp(a, b, c);
    case TA_MATH_CONSTRAINED_LERP:
        return lerp(a, b, real_within(c, 0, 1));
    case TA_MATH_DIV_ADD:
        return b == 0 ? 0 : a / b + c;
    case TA_MATH_ADD_DIV:
        return c == 0 ? 0 : (a + b) / c;
    case TA_MATH_MID:
        return middle(a, b, c);
    case TA_MATH_MAX:
        return most(a, most(b, c));
    case TA_MATH_MIN:
        return least(a, least(b, c));
    case TA_MATH_ABS:
        return a < 0 ? -a : a;
    case TA_MATHS:
        break;
    }
    return 0;
}

static ta_real_t step(ta_control_t *control, const ta_clock_t *clock)
{
    ta_math_t *math = (ta_math_t *)control;
    ta_real_t a = ta_param_read(&math->a, clock), b = ta_param_read(&math->b, clock);
    return calculate(math->operation, a, b, ta_param_read(&math->c, clock));
}

void ta_math_init(ta_math_t *math, ta_math_operation_t operation, ta_real_t a)
{
    *math = (ta_math_t){.operation = operation};
    ta_control_init(&math->control, step);
    ta_param_set(&math->a, a);
    ta_param_set(&math->c, 1);
}
