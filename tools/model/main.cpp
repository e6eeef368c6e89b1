#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <fmt/format.h>
#include <map>
#include <new>
#include <string>
#include <utility>

#include "cli/error_line.h"
#include "image/file.h"
#include "model/describe.h"
#include "model/quantize.h"
#include "model/random_model.h"
#include "support/error.h"

namespace kiln::model {
namespace {

struct Options {
    std::string model, output, tokenizer;
    uint32_t group_size = 64;
    uint64_t seed = 1;
    Header dimensions = {64, 160, 2, 4, 2, 512, 256};
    bool own_classifier = false;
    ByteTokens byte_tokens = ByteTokens::text;
};

void add_info(CLI::App& app, Options& options) {
    CLI::App* command = app.add_subcommand("info", "Describe a model");
    command->add_option("MODEL", options.model, "Model of version 0 or 2")->required();
    command->callback(
        [&options] { fmt::print("{}", describe(load_model(options.model).checkpoint)); });
}

void add_quantize(CLI::App& app, Options& options) {
    CLI::App* command = app.add_subcommand("quantize", "Convert a model from fp32 to int8");
    command->add_option("MODEL", options.model, "Model of version 0")->required();
    command->add_option("OUT", options.output, "Model of version 2 to write")->required();
    command
        ->add_option("--group-size", options.group_size,
                     "Weights that share a scale (64); halved until it divides every row")
        ->check(CLI::Range(4, 1 << 15));
    command->callback([&options] {
        require_writable(options.output);
        const ModelFile model = load_model(options.model);
        const Bytes bytes = quantize(options.model, model.checkpoint, options.group_size);
        write_file_atomically(options.output, std::span<const std::byte>(bytes));
    });
}

void add_dimensions(CLI::App& command, Header& header) {
    constexpr std::array<std::pair<const char*, const char*>, kCheckpointDimensions> kOptions = {{
        {"--dim", "Width of the model (64)"},
        {"--hidden-dim", "Width of the feed-forward part (160)"},
        {"--layers", "Layers (2)"},
        {"--heads", "Query heads (4)"},
        {"--kv-heads", "Heads of keys and values (2)"},
        {"--vocab-size", "Tokens (512)"},
        {"--seq-len", "Longest context (256)"},
    }};
    for (size_t i = 0; i < kOptions.size(); ++i) {
        command.add_option(kOptions[i].first, header[i], kOptions[i].second);
    }
}

void write_random(const Options& options) {
    const Dimensions dimensions = check_dimensions(options.dimensions);
    require_writable(options.output);
    require_writable(options.tokenizer);
    const Bytes model = random_model(dimensions, !options.own_classifier, options.seed);
    const Bytes tokenizer =
        random_tokenizer(dimensions.vocab_size, options.byte_tokens, options.seed);
    write_file_atomically(options.output, std::span<const std::byte>(model));
    write_file_atomically(options.tokenizer, std::span<const std::byte>(tokenizer));
}

void add_random(CLI::App& app, Options& options) {
    CLI::App* command =
        app.add_subcommand("random", "Write a model of random weights and a tokenizer for it");
    command->add_option("OUT_MODEL", options.output, "Model of version 0 to write")->required();
    command->add_option("OUT_TOKENIZER", options.tokenizer, "Tokenizer to write")->required();
    command->add_option("--seed", options.seed, "Seed; equal seeds give equal files (1)");
    add_dimensions(*command, options.dimensions);
    command->add_flag("--own-classifier", options.own_classifier,
                      "A classifier that is not the embedding");
    const std::map<std::string, ByteTokens> forms = {{"text", ByteTokens::text},
                                                     {"raw", ByteTokens::raw}};
    command->add_option("--byte-tokens", options.byte_tokens, "Byte tokens as \"<0x41>\" or \"A\"")
        ->transform(CLI::CheckedTransformer(forms))
        ->option_text("text|raw");
    command->callback([&options] { write_random(options); });
}

int fail(std::string_view message, int code) {
    fmt::print(stderr, "{}", format_error_line(message));
    return code;
}

int run(int argc, char** argv) {
    CLI::App app("Makes, converts and describes models of the llama2.c formats.", "kiln_model");
    Options options;
    app.require_subcommand(1);
    add_info(app, options);
    add_quantize(app, options);
    add_random(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& success) {
        return app.exit(success);
    } catch (const CLI::ParseError& error) {
        return fail(error.what(), kiln::kExitUsage);
    }
    return 0;
}

}  // namespace
}  // namespace kiln::model

int main(int argc, char** argv) {
    using namespace kiln;
    try {
        return model::run(argc, argv);
    } catch (const UsageError& error) {
        return model::fail(error.what(), kiln::kExitUsage);
    } catch (const InputError& error) {
        return model::fail(error.what(), kiln::kExitInput);
    } catch (const std::bad_alloc&) {
        return model::fail("the host is out of memory", kiln::kExitInternal);
    } catch (const std::exception& error) {
        return model::fail(error.what(), kiln::kExitInternal);
    }
}
