// Runs cases on the lanes, shows what differs, made short, and keeps it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "random/lanes/lanes.h"

namespace kiln::random_test {

// Writes `text` to a file of its own in `folder`, unless that is empty, and says so.
void keep(const std::string& folder, const std::string& text);

class LaneSession {
  public:
    // What is compared with the interpreter. `folder`: where differing cases go.
    LaneSession(std::vector<LaneKind> kinds, std::string folder)
        : kinds_(std::move(kinds)), folder_(std::move(folder)) {}

    void run_case(const std::string& name, Case test);
    // Throws std::runtime_error with name and line where it cannot be read.
    void run_file(const std::string& name);

    u64 cases() const { return cases_; }
    u64 different() const { return different_; }
    // What each lane compiled, for the reader.
    std::string summary() const;

  private:
    Lanes& lanes_of(const riscv::Isa& isa);

    std::vector<LaneKind> kinds_;
    std::string folder_;
    std::map<std::string, std::unique_ptr<Lanes>> lanes_;  // by ISA
    u64 cases_ = 0;
    u64 different_ = 0;
};

}  // namespace kiln::random_test
