#pragma once
// SLUICE_EXPORT: what a shared build of the library shows; everything else is hidden. For C and C++.
#if defined(SLUICE_SHARED) && defined(_WIN32)
#if defined(SLUICE_BUILDING)
#define SLUICE_EXPORT __declspec(dllexport)
#else
#define SLUICE_EXPORT __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define SLUICE_EXPORT __attribute__((visibility("default")))
#else
#define SLUICE_EXPORT
#endif
