#pragma once
// SLUICE_EXPORT, under the name that C++ headers include.
#include "sluice/detail/export.h"
