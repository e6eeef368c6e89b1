// Threads whose work nobody waits for any more, since it cannot be broken off and would take too
// long. Each holds all that it uses.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

namespace kiln {

// Takes a thread over that sets `done` as the last thing that it does. Where there are several
// already it waits for the oldest, so that they stay few. What is left of them is waited for when
// the process ends in the usual way (exit(3)), since libraries that they use go then.
void leave_behind(std::thread thread, std::shared_ptr<const std::atomic<bool>> done);

// Whether one of them still runs: a process that shall not wait ends by std::_Exit then.
bool has_late_threads();
void wait_for_late_threads();

}  // namespace kiln
