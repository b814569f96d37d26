#pragma once

// Before a function: it's compiled for several x86-64 levels, and the processor's best one is chosen when the program
// starts. What it inlines (BFR_INLINE) is compiled along with it. A folder that is built with -ffp-contract=off, as
// metrics/kernels, gets the same bits from each level.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(BFR_ONE_INSTRUCTION_SET)
#define BFR_TARGET_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define BFR_TARGET_CLONES
#endif
#define BFR_INLINE inline __attribute__((always_inline))
