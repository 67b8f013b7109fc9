/// @file tonearm.h  Everything that firmware and desktop programs share.
#ifndef TONEARM_TONEARM_H
#define TONEARM_TONEARM_H

#include "tonearm/biquad.h"
#include "tonearm/chain.h"
#include "tonearm/control.h"
#include "tonearm/convert.h"
#include "tonearm/cost.h"
#include "tonearm/delays.h"
#include "tonearm/filters.h"
#include "tonearm/guard.h"
#include "tonearm/i2s.h"
#include "tonearm/load.h"
#include "tonearm/memory.h"
#include "tonearm/meter.h"
#include "tonearm/midi.h"
#include "tonearm/mixer.h"
#include "tonearm/output.h"
#include "tonearm/push.h"
#include "tonearm/pwm.h"
#include "tonearm/raw.h"
#include "tonearm/resample.h"
#include "tonearm/reverb.h"
#include "tonearm/ring.h"
#include "tonearm/source.h"
#include "tonearm/stream.h"
#include "tonearm/synth.h"
#include "tonearm/tlsf.h"
#include "tonearm/wav.h"

#define TONEARM_VERSION_MAJOR 0
#define TONEARM_VERSION_MINOR 1
#define TONEARM_VERSION_PATCH 0
#define TONEARM_VERSION       "0.1.0"

#endif
