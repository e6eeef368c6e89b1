#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/code_listing.h"
#include "cli/commands.h"
#include "cli/observers.h"
#include "cli/run_guest.h"
#include "image/image.h"
#include "support/error.h"

namespace kiln {
namespace {

const std::string& program(const MachineConfig& config) {
    for (const std::string* name : {&config.image, &config.kernel})
        if (!name->empty()) return *name;
    return config.bios_file;
}

// A descriptor for the guest's console, which is not stdout.
class Console {
  public:
    explicit Console(bool shown)
        : descriptor_(shown ? STDERR_FILENO : open("/dev/null", O_WRONLY | O_CLOEXEC)) {}
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;
    ~Console() {
        if (descriptor_ != STDERR_FILENO) close(descriptor_);
    }
    int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
};

}  // namespace

int jitdump_command(const JitdumpRequest& request) {
    require_native_code(request.config, "jitdump");
    const std::string& name = program(request.config);
    const Image image = load_image(name, {request.config.load_address, 0});
    CodeRecorder recorder(wanted_code(request, image.functions));
    const Console console(request.console);
    RunSurroundings surroundings;
    surroundings.console_output = console.descriptor();
    surroundings.listener = &recorder;
    const int code = run_guest(request.config, surroundings);
    recorder.sampler().stop();
    if (recorder.records().empty())
        throw InputError(name, "none of the code that is asked for was compiled (see --tier-up)");
    list_code(recorder, request, image.functions,
              [](std::string_view text) { fmt::print("{}", text); });
    return code;
}

}  // namespace kiln
