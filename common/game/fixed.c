// SPDX-License-Identifier: MIT
#include "game/fixed.h"

#include <assert.h>

#define QUARTER_STEPS 256
#define STEP_SHIFT    6 // angles per step of the table: 16,384 / 256
#define ATAN_STEPS    128
#define RATIO_SHIFT   15 // slopes are 0..1 in 1/32,768
#define REST_SHIFT    (RATIO_SHIFT - 7)

// round(FIXED_ONE * sin(i * pi / 512)), summed from the Taylor series in 40-digit integers.
// clang-format off
static const int32_t quarter_sine[QUARTER_STEPS + 1] = {
    0, 201, 402, 603, 804, 1005, 1206, 1407, 1608, 1809, 2009, 2210,
    2411, 2611, 2811, 3012, 3212, 3412, 3612, 3812, 4011, 4211, 4410, 4609,
    4808, 5007, 5205, 5404, 5602, 5800, 5998, 6195, 6393, 6590, 6787, 6983,
    7180, 7376, 7571, 7767, 7962, 8157, 8351, 8546, 8740, 8933, 9127, 9319,
    9512, 9704, 9896, 10088, 10279, 10469, 10660, 10850, 11039, 11228, 11417, 11605,
    11793, 11980, 12167, 12354, 12540, 12725, 12910, 13095, 13279, 13463, 13646, 13828,
    14010, 14192, 14373, 14553, 14733, 14912, 15091, 15269, 15447, 15624, 15800, 15976,
    16151, 16326, 16500, 16673, 16846, 17018, 17190, 17361, 17531, 17700, 17869, 18037,
    18205, 18372, 18538, 18703, 18868, 19032, 19195, 19358, 19520, 19681, 19841, 20001,
    20160, 20318, 20475, 20632, 20788, 20943, 21097, 21251, 21403, 21555, 21706, 21856,
    22006, 22154, 22302, 22449, 22595, 22740, 22884, 23028, 23170, 23312, 23453, 23593,
    23732, 23870, 24008, 24144, 24279, 24414, 24548, 24680, 24812, 24943, 25073, 25202,
    25330, 25457, 25583, 25708, 25833, 25956, 26078, 26199, 26320, 26439, 26557, 26674,
    26791, 26906, 27020, 27133, 27246, 27357, 27467, 27576, 27684, 27791, 27897, 28002,
    28106, 28209, 28311, 28411, 28511, 28610, 28707, 28803, 28899, 28993, 29086, 29178,
    29269, 29359, 29448, 29535, 29622, 29707, 29792, 29875, 29957, 30038, 30118, 30196,
    30274, 30350, 30425, 30499, 30572, 30644, 30715, 30784, 30853, 30920, 30986, 31050,
    31114, 31177, 31238, 31298, 31357, 31415, 31471, 31527, 31581, 31634, 31686, 31737,
    31786, 31834, 31881, 31927, 31972, 32015, 32058, 32099, 32138, 32177, 32214, 32251,
    32286, 32319, 32352, 32383, 32413, 32442, 32470, 32496, 32522, 32546, 32568, 32590,
    32610, 32629, 32647, 32664, 32679, 32693, 32706, 32718, 32729, 32738, 32746, 32753,
    32758, 32762, 32766, 32767, 32768,
};

// round(65,536 / (2 pi) * atan(i / 128)).
static const uint16_t octant_atan[ATAN_STEPS + 1] = {
    0, 81, 163, 244, 326, 407, 489, 570, 651, 732, 813, 894, 975, 1056,
    1136, 1217, 1297, 1377, 1457, 1537, 1617, 1696, 1775, 1854, 1933, 2012, 2090, 2168,
    2246, 2324, 2401, 2478, 2555, 2632, 2708, 2784, 2860, 2935, 3010, 3085, 3159, 3233,
    3307, 3380, 3453, 3526, 3599, 3670, 3742, 3813, 3884, 3955, 4025, 4095, 4164, 4233,
    4302, 4370, 4438, 4505, 4572, 4639, 4705, 4771, 4836, 4901, 4966, 5030, 5094, 5157,
    5220, 5282, 5344, 5406, 5467, 5528, 5589, 5649, 5708, 5768, 5826, 5885, 5943, 6000,
    6058, 6114, 6171, 6227, 6282, 6337, 6392, 6446, 6500, 6554, 6607, 6660, 6712, 6764,
    6815, 6867, 6917, 6968, 7018, 7068, 7117, 7166, 7214, 7262, 7310, 7358, 7405, 7451,
    7498, 7544, 7589, 7635, 7679, 7724, 7768, 7812, 7856, 7899, 7942, 7984, 8026, 8068,
    8110, 8151, 8192,
};
// clang-format on

int32_t fixed_sin(uint16_t angle) {
    const uint32_t half = angle & 0x7fffu;
    const uint32_t folded = half > ANGLE_QUARTER ? 0x8000u - half : half;
    const uint32_t step = folded >> STEP_SHIFT;
    const int32_t rest = (int32_t)(folded & ((1u << STEP_SHIFT) - 1));
    const int32_t low = quarter_sine[step];
    const int32_t high = quarter_sine[step < QUARTER_STEPS ? step + 1 : step];
    const int32_t value = low + (((high - low) * rest + (1 << (STEP_SHIFT - 1))) >> STEP_SHIFT);
    return angle & 0x8000u ? -value : value;
}

int32_t fixed_cos(uint16_t angle) {
    return fixed_sin((uint16_t)(angle + ANGLE_QUARTER));
}

uint16_t fixed_atan2(int32_t y, int32_t x) {
    const int32_t a = x < 0 ? -x : x;
    const int32_t b = y < 0 ? -y : y;
    assert(a < 1 << 24 && b < 1 << 24);
    const int32_t longer = a > b ? a : b;
    const int32_t shorter = a > b ? b : a;
    if (longer == 0) {
        return 0;
    }
    // Between two steps of the table the curve is a line to within a 65,536th of a turn.
    const int32_t ratio = (int32_t)(((int64_t)shorter << RATIO_SHIFT) / longer);
    const int32_t step = ratio >> REST_SHIFT;
    const int32_t rest = ratio & ((1 << REST_SHIFT) - 1);
    const int32_t low = octant_atan[step];
    const int32_t high = octant_atan[step < ATAN_STEPS ? step + 1 : step];
    const uint32_t octant = (uint32_t)(low + (((high - low) * rest) >> REST_SHIFT));
    const uint32_t quadrant = b > a ? ANGLE_QUARTER - octant : octant;
    const uint32_t half = x < 0 ? 2 * ANGLE_QUARTER - quadrant : quadrant;
    return (uint16_t)(y < 0 ? 0u - half : half);
}

uint32_t fixed_isqrt(uint64_t value) {
    if (value == 0) {
        return 0;
    }
    // Newton from above: the first guess is a power of two not below the root, and the sequence
    // falls until it reaches the floor.
    const int bits = 64 - __builtin_clzll(value);
    uint64_t root = 1ull << ((bits + 1) / 2);
    for (;;) {
        const uint64_t next = (root + value / root) / 2;
        if (next >= root) {
            return (uint32_t)root;
        }
        root = next;
    }
}
