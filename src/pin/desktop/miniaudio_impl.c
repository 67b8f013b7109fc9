// miniaudio's implementation, in a file of its own because it takes a while to compile. Only devices: what it can decode,
// generate or mix besides is left out. It comes as a system header, so our warnings do not apply to it.

#if defined(TA_HAVE_MINIAUDIO) && TA_HAVE_MINIAUDIO
#define MA_NO_DECODING
#define MA_NO_ENCODING
#define MA_NO_GENERATION
#define MA_NO_RESOURCE_MANAGER
#define MA_NO_NODE_GRAPH
#define MA_NO_ENGINE
#define MINIAUDIO_IMPLEMENTATION
#include "miniaudio.h"
#else
typedef int ta_built_without_miniaudio; // a translation unit must declare something
#endif
