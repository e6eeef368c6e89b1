// From the float format to the int8 one.
#pragma once

#include <string>

#include "model/model_file.h"

namespace kiln::model {

// The largest group size of `wanted`, wanted / 2, wanted / 4... that divides the rows of every
// matrix; 0 if none of at least 4 does.
uint32_t choose_group_size(const Dimensions& dimensions, uint32_t wanted);

// The int8 file of a float model. Throws InputError, with `name`, for a model that is int8 already
// or whose rows no group size divides.
Bytes quantize(const std::string& name, const Checkpoint& checkpoint, uint32_t group_size);

}  // namespace kiln::model
