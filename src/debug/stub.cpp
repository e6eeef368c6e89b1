#include "debug/stub.h"

#include <algorithm>
#include <fmt/format.h>

#include "cpu/riscv/peek.h"
#include "debug/packet.h"
#include "debug/registers.h"

namespace kiln::debug {
namespace {

using riscv::Hart;

// Errors by their numbers in errno.h.
constexpr const char* kNoSuchThing = "E02";
constexpr const char* kBadAddress = "E0e";
constexpr const char* kInvalid = "E16";
constexpr const char* kTooMany = "E1c";

constexpr unsigned kSigInt = 2;
constexpr unsigned kSigTrap = 5;

// Threads are numbered from 1.
std::string thread_of(u32 hart) { return fmt::format("{:x}", hart + 1); }

Answer reply(std::string text) { return {.reply = std::move(text)}; }
Answer ok() { return reply("OK"); }
Answer changed() {
    Answer answer = ok();
    answer.changes = true;
    return answer;
}

std::string state_of(const Hart& hart) {
    static constexpr const char* kModes[] = {"U-mode", "S-mode", "", "M-mode"};
    return fmt::format("{}{}", kModes[static_cast<size_t>(hart.priv)],
                       hart.waiting ? ", waits for an interrupt" : "");
}

// The part of a document that a qXfer packet asks for; `fields` is its "offset,length".
Answer part_of(std::string_view document, Fields fields) {
    const auto offset = fields.number();
    if (!offset || !fields.take(",")) return reply(kInvalid);
    const auto length = fields.number();
    if (!length || !fields.empty()) return reply(kInvalid);
    if (*offset >= document.size()) return reply("l");
    const u64 most = std::min<u64>(*length, kPacketSize / 2);
    const std::string_view part = document.substr(*offset, most);
    const bool is_last = *offset + part.size() == document.size();
    return reply(fmt::format("{}{}", is_last ? 'l' : 'm', part));
}

}  // namespace

struct Stub::Command {
    std::string_view prefix;
    Answer (Stub::*handle)(Fields);
};

// The first prefix that fits counts.
const Stub::Command Stub::kCommands[] = {
    {"?", &Stub::describe_stop},
    {"H", &Stub::select_hart},
    {"T", &Stub::is_alive},
    {"g", &Stub::read_registers},
    {"G", &Stub::write_registers},
    {"p", &Stub::read_one},
    {"P", &Stub::write_one},
    {"m", &Stub::read_memory},
    {"M", &Stub::write_memory},
    {"X", &Stub::write_binary},
    {"Z", &Stub::insert_point},
    {"z", &Stub::remove_point},
    {"c", &Stub::go_on},
    {"C", &Stub::go_on_with_signal},
    {"s", &Stub::step},
    {"S", &Stub::step_with_signal},
    {"bc", &Stub::go_back},
    {"bs", &Stub::step_back},
    {"vCont;", &Stub::resume_harts},
    {"qSupported", &Stub::supported},
    {"qXfer:features:read:target.xml:", &Stub::transfer_features},
    {"qXfer:threads:read::", &Stub::transfer_threads},
    {"qfThreadInfo", &Stub::list_harts},
    {"qThreadExtraInfo,", &Stub::name_hart},
    {"qC", &Stub::current_hart},
    {"qRcmd,", &Stub::ask_monitor},
};

void Stub::attach(std::vector<Hart*> harts, bool reverses) {
    harts_ = std::move(harts);
    reverses_ = reverses;
    selected_ = runs_ = 0;
}

void Stub::greet() {
    points_.clear();
    tells_breakpoints_ = false;
    selected_ = runs_ = 0;
    stop_ = {};
}

Answer Stub::handle(std::string_view packet) {
    static constexpr std::pair<std::string_view, std::string_view> kFixed[] = {
        {"vCont?", "vCont;c;C;s;S;r"},
        {"qsThreadInfo", "l"},
        {"qAttached", "1"},  // a client that leaves does not end the guest
    };
    for (const auto& [known, text] : kFixed)
        if (packet == known) return reply(std::string(text));
    if (packet == "QStartNoAckMode") return {.reply = "OK", .action = Answer::kNoAck};
    if (packet == "D") return {.reply = "OK", .action = Answer::kDetach};
    if (packet == "k") return {.reply = std::nullopt, .action = Answer::kKill};
    if (packet.starts_with("vKill;")) return {.reply = "OK", .action = Answer::kKill};
    for (const Command& command : kCommands) {
        Fields fields(packet);
        if (fields.take(command.prefix)) return (this->*command.handle)(fields);
    }
    return {};
}

std::string Stub::stopped(const Stop& stop) {
    static constexpr const char* kWatchNames[] = {"watch", "rwatch", "awatch"};
    stop_ = stop;
    selected_ = runs_ = stop.hart;
    const unsigned signal = stop.reason == Stop::kInterrupted ? kSigInt : kSigTrap;
    std::string text = fmt::format("T{:02x}thread:{};", signal, thread_of(stop.hart));
    if (stop.reason == Stop::kHistoryBegin) text += "replaylog:begin;";
    if (stop.reason == Stop::kWatch)
        text += fmt::format("{}:{:x};", kWatchNames[static_cast<size_t>(stop.hit.kind)],
                            stop.hit.address);
    if (stop.reason == Stop::kBreakpoint && tells_breakpoints_)
        text += points_.has(BreakpointKind::kHardware, harts_[stop.hart]->pc) ? "hwbreak:;"
                                                                              : "swbreak:;";
    return text;
}

Answer Stub::describe_stop(Fields) { return reply(stopped(stop_)); }

// A thread's number, 0 for any of them.
std::optional<u32> Stub::find_hart(Fields& fields) const {
    const auto thread = fields.number();
    if (!thread || *thread > harts_.size()) return std::nullopt;
    return *thread == 0 ? selected_ : static_cast<u32>(*thread - 1);
}

Answer Stub::select_hart(Fields fields) {
    const bool runs = fields.take("c");
    if (!runs && !fields.take("g")) return {};
    if (fields.take("-1")) return ok();  // all of them, which they do anyway
    const auto found = find_hart(fields);
    if (!found || !fields.empty()) return reply(kNoSuchThing);
    (runs ? runs_ : selected_) = *found;
    return ok();
}

Answer Stub::is_alive(Fields fields) {
    return find_hart(fields) && fields.empty() ? ok() : reply(kNoSuchThing);
}

Answer Stub::read_registers(Fields fields) {
    if (!fields.empty()) return {};
    std::string text;
    for (u64 number = 0; number < kGeneralRegisters; ++number)
        text +=
            register_to_hex(read_register(hart(), number).value(), register_size(hart(), number));
    return reply(text);
}

Answer Stub::write_registers(Fields fields) {
    const auto bytes = from_hex(fields.rest());
    const size_t size = register_size(hart(), 0);
    if (!bytes || bytes->size() != size * kGeneralRegisters) return reply(kInvalid);
    for (u64 number = 0; number < kGeneralRegisters; ++number)
        write_register(
            hart(), number,
            register_from_hex(fields.rest().substr(number * size * 2, size * 2)).value());
    return changed();
}

Answer Stub::read_one(Fields fields) {
    const auto number = fields.number();
    if (!number || !fields.empty()) return reply(kInvalid);
    const auto value = read_register(hart(), *number);
    if (!value) return reply(kNoSuchThing);
    return reply(register_to_hex(*value, register_size(hart(), *number)));
}

Answer Stub::write_one(Fields fields) {
    const auto number = fields.number();
    if (!number || !fields.take("=")) return reply(kInvalid);
    const auto value = register_from_hex(fields.rest());
    const bool fits = value && fields.rest().size() == 2 * register_size(hart(), *number);
    if (!fits || !write_register(hart(), *number, *value)) return reply(kInvalid);
    return changed();
}

Answer Stub::read_memory(Fields fields) {
    const auto address = fields.number();
    if (!address || !fields.take(",")) return reply(kInvalid);
    const auto size = fields.number();
    if (!size || !fields.empty()) return reply(kInvalid);
    std::vector<std::byte> bytes(std::min<u64>(*size, kPacketSize / 2));
    bytes.resize(riscv::peek_memory(hart(), hart().xlen_value(*address), bytes));
    return reply(bytes.empty() && *size != 0 ? kBadAddress : to_hex(bytes));
}

Answer Stub::write_memory(Fields fields) {
    const auto address = fields.number();
    if (!address || !fields.take(",")) return reply(kInvalid);
    const auto size = fields.number();
    if (!size || !fields.take(":")) return reply(kInvalid);
    const auto bytes = from_hex(fields.rest());
    if (!bytes || bytes->size() != *size) return reply(kInvalid);
    const bool done = riscv::poke_memory(hart(), hart().xlen_value(*address), *bytes);
    return done ? changed() : reply(kBadAddress);
}

Answer Stub::write_binary(Fields fields) {
    const auto address = fields.number();
    if (!address || !fields.take(",")) return reply(kInvalid);
    const auto size = fields.number();
    if (!size || !fields.take(":") || fields.rest().size() != *size) return reply(kInvalid);
    const bool done = riscv::poke_memory(hart(), hart().xlen_value(*address),
                                         std::as_bytes(std::span(fields.rest())));
    return done ? changed() : reply(kBadAddress);
}

Answer Stub::insert_point(Fields fields) { return change_point(fields, true); }
Answer Stub::remove_point(Fields fields) { return change_point(fields, false); }

Answer Stub::change_point(Fields fields, bool inserts) {
    const auto type = fields.number();
    if (!type || *type > 4) return {};
    if (!fields.take(",")) return reply(kInvalid);
    const auto where = fields.number();
    if (!where || !fields.take(",")) return reply(kInvalid);
    const auto size = fields.number();
    if (!size) return reply(kInvalid);
    // Conditions and commands are the client's to look at.
    if (!fields.empty()) return reply(kInvalid);
    const u64 address = hart().xlen_value(*where);
    bool done = true;
    if (*type < 2) {
        const auto kind = static_cast<BreakpointKind>(*type);
        if (inserts) {
            done = points_.add(kind, address);
        } else {
            points_.remove(kind, address);
        }
    } else {
        if (*size == 0 || address + (*size - 1) < address) return reply(kInvalid);
        const Watch watch{address, *size, static_cast<WatchKind>(*type - 2)};
        if (inserts) {
            done = points_.add(watch);
        } else {
            points_.remove(watch);
        }
    }
    return done ? ok() : reply(kTooMany);
}

Answer Stub::resume(Resume::Kind kind) const {
    return {
        .reply = std::nullopt, .action = Answer::kResume, .resume = {.kind = kind, .hart = runs_}};
}

// From an address, if one is given.
Answer Stub::resume_at(Fields fields, Resume::Kind kind) {
    const auto pc = fields.number();
    if (!fields.empty()) return {};
    if (pc) write_register(*harts_[runs_], kPcNumber, *pc);
    Answer answer = resume(kind);
    answer.changes = pc.has_value();
    return answer;
}

Answer Stub::go_on(Fields fields) { return resume_at(fields, Resume::kContinue); }
Answer Stub::step(Fields fields) { return resume_at(fields, Resume::kStep); }

// A machine knows no signals: they are left out.
Answer Stub::go_on_with_signal(Fields fields) {
    if (!fields.number()) return reply(kInvalid);
    fields.take(";");
    return go_on(fields);
}

Answer Stub::step_with_signal(Fields fields) {
    if (!fields.number()) return reply(kInvalid);
    fields.take(";");
    return step(fields);
}

Answer Stub::go_back(Fields fields) {
    return reverses_ && fields.empty() ? resume(Resume::kReverseContinue) : Answer{};
}

Answer Stub::step_back(Fields fields) {
    return reverses_ && fields.empty() ? resume(Resume::kReverseStep) : Answer{};
}

// Of the actions the first one that fits a hart is its own. One hart steps; the others run with it,
// since they take turns as ever.
Answer Stub::resume_harts(Fields fields) {
    std::optional<Resume> step;
    bool continues = false;
    std::vector<bool> known(harts_.size());
    while (!fields.empty()) {
        Fields action(fields.until(';'));
        Resume resume;
        if (action.take("s")) {
            resume.kind = Resume::kStep;
        } else if (action.take("S")) {
            resume.kind = Resume::kStep;
            if (!action.number()) return reply(kInvalid);
        } else if (action.take("C")) {
            if (!action.number()) return reply(kInvalid);
        } else if (action.take("r")) {
            resume.kind = Resume::kStep;
            const auto first = action.number();
            if (!first || !action.take(",")) return reply(kInvalid);
            const auto end = action.number();
            if (!end) return reply(kInvalid);
            resume.first = *first;
            resume.end = *end;
        } else if (!action.take("c")) {
            return reply(kInvalid);
        }
        u32 first = 0;
        u32 last = static_cast<u32>(harts_.size() - 1);
        if (action.take(":") && !action.take("-1")) {
            const auto one = find_hart(action);
            if (!one) return reply(kNoSuchThing);
            first = last = *one;
        }
        if (!action.empty()) return reply(kInvalid);
        for (u32 id = first; id <= last; ++id) {
            if (known[id]) continue;
            known[id] = true;
            continues |= resume.kind == Resume::kContinue;
            if (resume.kind != Resume::kStep || (step && id != runs_)) continue;
            resume.hart = id;
            step = resume;
        }
    }
    if (!step && !continues) return reply(kInvalid);
    if (step) step->others_break = continues;
    return {.reply = std::nullopt,
            .action = Answer::kResume,
            .resume = step.value_or(Resume{.hart = runs_})};
}

Answer Stub::supported(Fields fields) {
    fields.take(":");
    while (!fields.empty())
        if (fields.until(';') == "swbreak+") tells_breakpoints_ = true;
    return reply(
        fmt::format("PacketSize={:x};QStartNoAckMode+;qXfer:features:read+;"
                    "qXfer:threads:read+;swbreak+;hwbreak+;vContSupported+{}",
                    kPacketSize, reverses_ ? ";ReverseStep+;ReverseContinue+" : ""));
}

Answer Stub::transfer_features(Fields fields) { return part_of(describe_target(hart()), fields); }

Answer Stub::transfer_threads(Fields fields) {
    std::string xml = "<?xml version=\"1.0\"?>\n<threads>\n";
    for (u32 id = 0; id < harts_.size(); ++id)
        xml += fmt::format("<thread id=\"{}\" core=\"{}\" name=\"hart {}\">{}</thread>\n",
                           thread_of(id), id, id, state_of(*harts_[id]));
    return part_of(xml + "</threads>\n", fields);
}

Answer Stub::list_harts(Fields fields) {
    if (!fields.empty()) return {};
    std::string list = "m";
    for (u32 id = 0; id < harts_.size(); ++id)
        list += fmt::format("{}{}", id == 0 ? "" : ",", thread_of(id));
    return reply(list);
}

Answer Stub::name_hart(Fields fields) {
    const auto found = find_hart(fields);
    if (!found || !fields.empty()) return reply(kNoSuchThing);
    return reply(to_hex(fmt::format("hart {}: {}", *found, state_of(*harts_[*found]))));
}

Answer Stub::current_hart(Fields fields) {
    return fields.empty() ? reply(fmt::format("QC{}", thread_of(selected_))) : Answer{};
}

Answer Stub::ask_monitor(Fields fields) {
    const auto bytes = from_hex(fields.rest());
    if (!bytes) return reply(kInvalid);
    Answer answer;
    const std::string_view command(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    const std::string text = monitor_(command, answer.action).substr(0, kPacketSize / 2);
    answer.reply = text.empty() ? "OK" : to_hex(text);
    return answer;
}

}  // namespace kiln::debug
