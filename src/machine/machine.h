// A whole machine: RAM, harts, the engine and the `virt` board, from a configuration to an exit
// code.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

#include "cpu/debug_points.h"
#include "cpu/memory.h"
#include "cpu/riscv/hart.h"
#include "devices/board_virt.h"
#include "devices/bus.h"
#include "devices/char_backend.h"
#include "image/boot_plan.h"
#include "jit/kept/kept_code.h"
#include "machine/config.h"
#include "machine/guest_clock.h"
#include "machine/hart_engine.h"
#include "machine/htif.h"
#include "machine/inputs.h"
#include "machine/jit_control.h"
#include "machine/ram_hash.h"
#include "machine/ram_history.h"
#include "machine/rom.h"
#include "machine/slice_length.h"
#include "machine/snapshot.h"
#include "machine/snapshot_file.h"
#include "machine/stats.h"
#include "machine/turn.h"

namespace kiln {

// Why Machine::run_until returned.
enum class RunEnd {
    reached,  // so many instructions have begun
    debug,    // a hart stopped for the debugger (StopReason::kDebug)
    woken,    // all harts wait, and there is input for who drives the machine
    left,     // the debugger ends the run
    over,     // the guest ended or is to be reset, or the user leaves
};

class Machine;

// Decides when a machine runs.
class MachineDriver {
  public:
    // Drives it until it is over, or `limit` instructions have begun. An end of kind `over` without
    // an exit code asks for a reset.
    virtual RunEnd drive(Machine& machine, u64 limit) = 0;
    // What the machine's console is connected to in place of `line`.
    virtual CharBackend& connect(CharBackend& line) { return line; }

  protected:
    ~MachineDriver() = default;
};

class Machine {
  public:
    // Loads every file and builds the machine. Throws UsageError for a configuration that cannot
    // be, InputError for a file that cannot be loaded.
    // `listener` (nullptr: none) is told of native code and outlives the machine.
    // `inputs` and what they lead to outlive the machine.
    Machine(const MachineConfig& config, Inputs& inputs, CodeListener* listener = nullptr);
    // As it was when the snapshot was made; `config` is a resumed_config.
    Machine(const MachineConfig& config, const SnapshotFile& snapshot, Inputs& inputs,
            CodeListener* listener = nullptr);
    // With inputs from the host and this console.
    Machine(const MachineConfig& config, CharBackend& console, CodeListener* listener = nullptr);

    // Runs until the guest ends, the user leaves or the limit of instructions is reached, when
    // `driver` says so (nullptr: at once). Returns the exit code; nullopt: the guest asked for a
    // reset.
    std::optional<int> run(MachineDriver* driver = nullptr);

    // Runs until `target` instructions have begun on all harts together, if not earlier. Where that
    // stops is not visible to the guest: no turn ends by it, and under --clock icount a run that is
    // stopped and goes on is equal to one that was not stopped.
    RunEnd run_until(u64 target);
    // Instructions begun on all harts together, trapped ones too.
    u64 begun() const;
    // Hash of all that the guest can see: harts, devices, RAM, guest time. The same on any backend.
    // After the first call only pages that were written since are hashed.
    u64 state_hash();
    // The machine as it is between two instructions. Takes time for pages that changed since the
    // last snapshot. Not for a machine with a drive that can be written.
    Snapshot save();
    // Writes the same to a file. Throws InputError where that cannot be.
    void save_to(const std::string& name);
    // Goes back to a snapshot of this machine, or of one of the same configuration but for the
    // backend. Throws StateError where it is not one; the machine cannot go on then.
    void restore(const Snapshot& snapshot);

    // How far the run is.
    Moment now() { return {begun(), clock().now()}; }
    riscv::Hart& hart(unsigned id) { return *harts_[id]; }
    unsigned harts() const { return static_cast<unsigned>(harts_.size()); }
    const MachineConfig& config() const { return config_; }
    CharBackend& console() { return inputs_.console(); }
    // The hart whose turn it is.
    const Turn& turn() const { return turn_; }
    // The code that the guest or the user ended with, if it is over.
    std::optional<int> exit_code() const;

    // Harts stop where `points` says, which outlives the machine's runs.
    void debug(DebugPoints& points);
    // Its breakpoints have changed as DebugPoints::set_breakpoints said, or its watches.
    void breakpoints_changed(const PageOffsets& offsets) { engine_->breakpoints_changed(offsets); }
    void watches_changed();
    // Input on one of these file descriptors wakes an idle machine: RunEnd::woken.
    void wake_on(std::vector<int> inputs) { wake_inputs_ = std::move(inputs); }
    // The wall's time stands still for the guest, or goes on.
    void stop_clock() { host_clock_.stop(); }
    void start_clock() { host_clock_.go_on(); }
    // Whether the driver ended the last run before it was over.
    bool abandoned() const { return abandoned_; }
    // Instructions that the limit still allows.
    u64 left() const;
    RunStats stats() const;
    // The device tree that the guest gets.
    const std::vector<std::byte>& device_tree() const { return fdt_; }
    // The bytes of the image's signature as text. Throws InputError where it has none.
    std::string signature() const;

  private:
    Machine(const MachineConfig& config, std::unique_ptr<Inputs> inputs, CodeListener* listener);
    Machine(const MachineConfig& config, Inputs& inputs, CodeListener* listener,
            const SnapshotFile* snapshot);

    // The `time` CSR shows what the CLINT's mtime does.
    class TimeCsr final : public Clock {
      public:
        explicit TimeCsr(std::unique_ptr<VirtBoard>& board) : board_(board) {}
        u64 now() noexcept override { return board_ ? board_->mtime() : 0; }

      private:
        std::unique_ptr<VirtBoard>& board_;
    };

    void make_board();
    void load();
    void load(const SnapshotFile& snapshot);
    void load_state(std::span<const std::byte> devices);
    void map_rom(std::vector<std::byte> bytes);
    void add_htif(const HtifPlace& place);
    std::vector<std::byte> make_device_tree();
    Clock& clock();
    u64 deadline();
    void state(StateArchive& archive);
    void snapshot_state(StateArchive& archive);
    void turn_state(StateArchive& archive);
    void note_changed_pages();
    u64 slice() const;
    void look_at_devices();
    void plan_look();
    bool open_turn();
    void close_turn();
    bool gives_up(riscv::Hart& hart, StopReason reason);
    StopReason run_hart(u64 most);
    bool idle();
    bool woken() const;
    std::shared_ptr<kept::KeptCode> open_cache() const;
    void keep_profile();

    MachineConfig config_;
    riscv::Isa isa_;
    std::unique_ptr<Inputs> owned_inputs_;
    Inputs& inputs_;
    Bus bus_;
    Memory memory_;
    BootPlan plan_;
    HostClock host_clock_;
    InstructionClock instruction_clock_{config_.icount_rate};
    SliceLength slice_length_;
    // Absent where runs repeat: what it answers depends on the backend.
    std::optional<EngineControl> jit_;
    std::unique_ptr<VirtBoard> board_;
    TimeCsr time_{board_};
    std::vector<std::unique_ptr<riscv::Hart>> harts_;
    std::shared_ptr<kept::KeptCode> kept_;  // nullptr: nothing is kept
    std::unique_ptr<HartEngine> engine_;
    std::optional<Htif> htif_;
    std::optional<Rom> rom_;
    SavedMachine parts_;  // for snapshots: what follows from the files that it booted from
    std::vector<std::byte> fdt_;
    Turn turn_;
    std::vector<int> wake_inputs_;
    u64 next_poll_ = 0;   // ticks of the clock
    u64 turn_began_ = 0;  // ticks of the host clock
    RamHash ram_hash_{memory_};
    RamHistory ram_history_{memory_};
    bool abandoned_ = false;
    double wall_seconds_ = 0;
};

// The ISA of a machine: the XLEN of an image decides where the configuration does not. Throws
// UsageError and InputError.
riscv::Isa choose_isa(const MachineConfig& config);
// The file of the firmware; empty: none. Throws InputError where the standard one is missing.
std::string firmware_name(const MachineConfig& config, unsigned xlen);

// What a run has to do with besides its machine.
struct RunSurroundings {
    int console_output = STDOUT_FILENO;  // file descriptor for what the guest's console prints
    CodeListener* listener = nullptr;
    MachineDriver* driver = nullptr;
    Inputs* inputs = nullptr;               // nullptr: the host's, with a terminal on stdin
    const SnapshotFile* resumed = nullptr;  // nullptr: the guest boots
};

// Runs a machine, resets included, and writes what the configuration asks for.
// Fills `stats`. Returns the guest's exit code. Throws as Machine does.
int run_machine(const MachineConfig& requested, RunStats& stats,
                const RunSurroundings& surroundings = {});

}  // namespace kiln
