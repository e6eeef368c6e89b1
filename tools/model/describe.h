// A model in words.
#pragma once

#include <string>

#include "checkpoint.h"

namespace kiln::model {

// Lines "NAME: VALUE": format, dimensions, classifier, number of weights.
std::string describe(const Checkpoint& checkpoint);

}  // namespace kiln::model
