#pragma once

// To every console there is.
void console_write(const char* text);
