#include "failure.h"

#include "runtime.h"

bool fail(struct Failure* failure, int code, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    failure->code = code;
    vsnprintf(failure->text, sizeof failure->text, format, arguments);
    va_end(arguments);
    return false;
}
