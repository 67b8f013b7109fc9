// I2S or PWM. In: a configuration. Out: calls of the one or the other.

#include "either.h"
#include "pins.h"

void either_defaults(either_config_t *config, either_kind_t kind)
{
    *config = (either_config_t){
        .kind = kind,
        .i2s = {.data_pin = TONEARM_DATA_PIN, .bclk_pin = TONEARM_BCLK_PIN, .ws_pin = TONEARM_WS_PIN},
        .pwm = {.left_pin = TONEARM_LEFT_PIN, .right_pin = TONEARM_RIGHT_PIN},
    };
}

ta_status_t either_open(either_t *either, const either_config_t *config, const ta_memory_t *memory)
{
    either->kind = config->kind;
    return config->kind == EITHER_I2S ? ta_i2s_open(&either->i2s, &config->i2s, memory)
                                      : ta_pwm_open(&either->pwm, &config->pwm, memory);
}

void either_close(either_t *either)
{
    if (either->kind == EITHER_I2S) {
        ta_i2s_close(&either->i2s);
    } else {
        ta_pwm_close(&either->pwm);
    }
}

const char *either_error(const either_t *either)
{
    return either->kind == EITHER_I2S ? either->i2s.error : either->pwm.error;
}

ta_feed_t either_feed(const either_config_t *config)
{
    return config->kind == EITHER_I2S ? config->i2s.feed : config->pwm.feed;
}

ta_status_t either_rate(const either_config_t *config, uint32_t rate_hz, ta_rate_t *rate)
{
    return config->kind == EITHER_I2S ? ta_i2s_rate(&config->i2s, rate_hz, rate)
                                      : ta_pwm_rate(&config->pwm, rate_hz, rate);
}

uint32_t either_queued_us(const either_config_t *config)
{
    ta_i2s_plan_t i2s;
    ta_pwm_plan_t pwm;
    bool is_i2s = config->kind == EITHER_I2S;
    if ((is_i2s ? ta_i2s_plan(&config->i2s, &i2s, NULL) : ta_pwm_plan(&config->pwm, &pwm, NULL)) != TA_OK)
        return 0;
    uint32_t frames = is_i2s ? i2s.buffer_frames : pwm.buffer_frames;
    uint32_t slot = is_i2s ? i2s.ring.slot_frames : pwm.ring.slot_frames;
    uint32_t rate = is_i2s ? i2s.rate.asked_hz : pwm.rate.asked_hz;
    return (uint32_t)((uint64_t)(frames - slot) * 1000000 / rate);
}
