// The text of the error that a call ends with.
#pragma once

#include <gtest/gtest.h>
#include <string>

#include "support/error.h"

namespace kiln::test {

// The message of the `Error` that `call` throws; "" and a failed test where it throws none.
template <typename Error, typename Call>
std::string error_of(Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
}

}  // namespace kiln::test
